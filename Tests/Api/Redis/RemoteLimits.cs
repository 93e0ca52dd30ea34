using Throttle.Core.Engine;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Api.Redis;

/// <summary>Limits that are elsewhere: nothing is answered on the spot, and all is answered by another, later.</summary>
internal sealed class RemoteLimits(IInlineLimits inner) : IInlineLimits
{
    /// <summary>How many calls came together, in order.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>What becomes of a call instead, or null.</summary>
    public Func<InlineCall, BucketAnswer?> Instead { get; set; } = _ => null;

    public bool TryAsk(in InlineCall call, out LimiterDecision decision)
    {
        decision = default;
        return false;
    }

    public ValueTask<BucketAnswer> AskAsync(InlineCall call, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("One by one is not what a front should ask where it can ask together.");

    public async ValueTask<BucketAnswer[]> AskEachAsync(InlineCall[] calls, CancellationToken cancellationToken = default)
    {
        Batches.Add(calls.Length);
        await Task.Yield();
        var answers = new BucketAnswer[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            answers[i] = Instead(calls[i]) ?? await inner.AskAsync(calls[i], cancellationToken);
        }

        return answers;
    }
}
