using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Buckets;

/// <summary>Buckets that are grains of a cluster, whose limits come with the calls.</summary>
/// <remarks>
/// What becomes of calls that fail is written at <see cref="CallFailures"/>, where a caller of these is told the reason instead of
/// an <c>on-error</c>. A call that was cancelled may have been carried out.
/// </remarks>
internal sealed class ClusterInlineLimits(
    IGrainFactory grains, ClusterThrottle throttle, IOptions<ThrottleClientOptions> options, ILogger<ClusterInlineLimits> log)
    : IInlineLimits
{
    private readonly RecentCache<(string Space, string Key), ITokenBucketGrain> _grains = new(options.Value.MaxCachedGrains);
    private readonly CheckedLimits<LimitWire> _limits = new(LimitWire.From);
    private readonly GrainCalls _calls = new(options.Value.Timeout, log);
    private readonly InlineUsage _usage = new(throttle.Usage);

    /// <inheritdoc/>
    /// <remarks>Never: a bucket is wherever its owner is.</remarks>
    public bool TryAsk(in InlineCall call, out LimiterDecision decision)
    {
        decision = default;
        return false;
    }

    public ValueTask<BucketAnswer> AskAsync(InlineCall call, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (grain, wire) = Prepare(call);
        return AskAsync(grain, call, wire, cancellationToken);
    }

    public async ValueTask<BucketAnswer[]> AskEachAsync(InlineCall[] calls, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        cancellationToken.ThrowIfCancellationRequested();
        var prepared = Array.ConvertAll(calls, call => Prepare(call));
        return await ByBucket.AskAsync(
            calls,
            call => (call.Space, call.Key),
            place => AskAsync(prepared[place].Grain, calls[place], prepared[place].Wire, cancellationToken),
            (places, answers) => AskEachAsync(calls, prepared, places, answers, cancellationToken)).ConfigureAwait(false);
    }

    private (ITokenBucketGrain Grain, InlineCallWire Wire) Prepare(in InlineCall call)
    {
        call.CheckNumbers();
        var wire = InlineCallWire.From(call, call.Limit is null ? null : _limits.Of(call.Limit));
        if (call is { Space: not null, Key: not null } && _grains.Find((call.Space, call.Key)) is { } known)
        {
            return (known, wire);
        }

        call.CheckNames();
        var grain = grains.GetGrain<ITokenBucketGrain>(BucketGrainKey.OfInline(call.Space!, call.Key!));
        return (_grains.Add((call.Space!, call.Key!), grain), wire);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<BucketAnswer> AskAsync(
        ITokenBucketGrain grain, InlineCall call, InlineCallWire wire, CancellationToken cancellationToken)
    {
        // The token does not travel: a call that takes permits must not be cancelled on its way.
        var (reply, error) = await _calls.CallAsync(
            InlineCall.CountedAs(call.Space),
            (grain, wire),
            static (asked, deadline) => PendingCall.Until(asked.grain.AskAsync(asked.wire, CancellationToken.None), deadline),
            mayRepeat: call.Action != InlineAction.GiveBack,
            cancellationToken).ConfigureAwait(false);
        var answer = error is null ? reply.ToAnswer() : BucketAnswer.Failed(error);
        _usage.Count(call, answer);
        return answer;
    }

    /// <summary>The calls to one bucket.</summary>
    private async Task AskEachAsync(
        InlineCall[] calls,
        (ITokenBucketGrain Grain, InlineCallWire Wire)[] prepared,
        List<int> places,
        BucketAnswer[] answers,
        CancellationToken cancellationToken)
    {
        var grain = prepared[places[0]].Grain;
        var (replies, error) = await _calls.CallAsync(
            InlineCall.CountedAs(calls[places[0]].Space),
            (grain, Wires: places.ConvertAll(i => prepared[i].Wire).ToArray()),
            static (asked, deadline) => asked.grain.AskEachAsync(asked.Wires, deadline),
            mayRepeat: !places.Exists(i => calls[i].Action == InlineAction.GiveBack),
            cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < places.Count; i++)
        {
            var place = places[i];
            answers[place] = replies is null ? BucketAnswer.Failed(error!) : replies[i].ToAnswer();
            _usage.Count(calls[place], answers[place]);
        }
    }
}
