using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Usage;

namespace Throttle.Core.Inline;

/// <summary>Buckets in this process whose limits come with the calls; a <see cref="Local.LocalThrottle"/> makes them.</summary>
/// <remarks>
/// Exact. Memory is bounded by the live debts and by the throttle's maximum of buckets; beyond that a new key is answered
/// <see cref="BucketAnswer.Failed"/>.
/// </remarks>
public sealed class LocalInlineLimits : IInlineLimits
{
    private readonly InlineSpaces _spaces;
    private readonly InlineUsage _usage;

    internal LocalInlineLimits(InlineSpaces spaces, UsageMeter usage) => (_spaces, _usage) = (spaces, new(usage));

    /// <inheritdoc/>
    /// <remarks>False only where there is no room for another bucket.</remarks>
    public bool TryAsk(in InlineCall call, out LimiterDecision decision)
    {
        call.CheckNumbers();
        if (_spaces.Of(call).Ask(call, out decision) is not null)
        {
            return false;
        }

        _usage.Count(call, decision);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask<BucketAnswer> AskAsync(InlineCall call, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        call.CheckNumbers();
        return new(Ask(call));
    }

    /// <inheritdoc/>
    public ValueTask<BucketAnswer[]> AskEachAsync(InlineCall[] calls, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var call in calls)
        {
            call.CheckNumbers();
            call.CheckNames();
            if (call.Limit is not null)
            {
                _spaces.Limits.Of(call.Limit);
            }

            _spaces.Of(call);
        }

        return new(Array.ConvertAll(calls, call => Ask(call)));
    }

    private BucketAnswer Ask(in InlineCall call)
    {
        if (_spaces.Of(call).Ask(call, out var decision) is { } error)
        {
            _usage.CountError(call);
            return BucketAnswer.Failed(error);
        }

        _usage.Count(call, decision);
        return new(decision);
    }
}
