using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>Turns for queues of work from the buckets of a throttle in this process.</summary>
internal sealed class LocalTurns(LocalThrottle throttle)
{
    private static readonly LimiterDecision NotNow = LimiterDecision.Refused(1, 0, Ticks.PerSecond, 0);

    public LimiterDecision Take(QueueName name) => Ask(name, (buckets, call) => buckets.Reserve(call, Ticks.Never));

    public LimiterDecision Peek(QueueName name) => Ask(name, (buckets, call) => buckets.Peek(call, Ticks.Never));

    public void GiveBack(QueueName name, in Grant turn)
    {
        if (CallOf(name) is { } call)
        {
            throttle.Buckets.Return(call, turn);
        }
    }

    /// <summary>What a bucket says; that it is to be asked later where it cannot be asked: the rule is gone, or there is no room.</summary>
    private LimiterDecision Ask(QueueName name, Func<LocalBuckets, BucketCall, BucketAnswer> ask)
    {
        while (CallOf(name) is { } call)
        {
            var answer = ask(throttle.Buckets, call);
            if (!answer.IsStale)
            {
                return answer.Error is null ? answer.Decision : NotNow;
            }
        }

        return NotNow;
    }

    private BucketCall? CallOf(QueueName name)
    {
        var set = throttle.Rules.Current;
        return set.IndexOf(name.RuleId) is >= 0 and var index ? new(set, index, name.Key, 1) : null;
    }
}
