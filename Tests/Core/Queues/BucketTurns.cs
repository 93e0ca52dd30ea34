using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;

namespace Throttle.Tests.Core.Queues;

/// <summary>The turns of a bucket in the test's hands.</summary>
internal sealed class BucketTurns(QueueSpec spec, long start) : ITurns
{
    public Bucket Bucket { get; set; } = Bucket.Create(spec, start);

    /// <summary>Turns that were given and not given back.</summary>
    public List<Grant> Given { get; } = [];

    public LimiterDecision Take(long now)
    {
        var decision = Bucket.Acquire(1, now, long.MaxValue);
        if (decision.IsAllowed)
        {
            Given.Add(decision.Grant);
        }

        return decision;
    }

    public LimiterDecision Peek(long now) => Bucket.Peek(1, now, long.MaxValue);

    public void GiveBack(in Grant turn, long now)
    {
        Given.Remove(turn);
        Bucket.Return(turn, now);
    }
}
