using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Local;

/// <summary>The buckets of one rule.</summary>
internal abstract class RuleBuckets(Rule rule, long sequence)
{
    /// <summary>The order in which locks of several stores are taken; never repeated in a process.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>The rule as it is now.</summary>
    public Rule Rule { get; protected set; } = rule;

    /// <summary>Whether its permits are leases, whose turns nobody can foretell.</summary>
    public abstract bool IsLeased { get; }

    /// <summary>How many buckets it remembers.</summary>
    public abstract int Count { get; }

    /// <summary>How often there was no room for another one.</summary>
    public abstract long Refused { get; }

    /// <summary>How many callers wait here.</summary>
    public abstract int WaiterCount { get; }

    /// <summary>The lock that guards a bucket.</summary>
    public abstract Gate GateOf(string key);

    /// <summary>Takes without waiting, where nothing stands in the way.</summary>
    /// <returns>Whether it was answered; when not, nothing was taken, and <see cref="Acquire"/> says why.</returns>
    public abstract bool TryAcquire(string key, long permits, long now, out LimiterDecision decision);

    public abstract BucketAnswer Acquire(string key, long permits, long now, long maxWaitTicks);

    public abstract ValueTask<BucketAnswer> AcquireAndWaitAsync(
        string key, long permits, long now, long maxWaitTicks, CancellationToken cancellationToken);

    public abstract BucketAnswer Peek(string key, long permits, long now, long maxWaitTicks);

    public abstract bool Return(string key, in Grant grant, long now);

    public abstract BucketBegin Begin(string key, in Grant grant, long lagTicks, long now);

    public abstract bool Ran(string key, in Grant grant, long ranAt, long now);

    public abstract Factor? Factor(string key, Factor? set, long now);

    public abstract long? Renew(string key, Guid leaseId, long now);

    public abstract bool Reset(string key, long now);

    /// <summary>Takes what was granted elsewhere; see <see cref="ILimiter{TState}.TryCharge"/>.</summary>
    /// <returns>Whether it was charged: not where the limiter cannot, nor where there is no room for another bucket.</returns>
    public abstract bool Charge(string key, long permits, long now);

    /// <summary>Permits that are missing until a bucket is as new; see <see cref="ILimiter{TState}.MissingOf"/>.</summary>
    public abstract long MissingOf(string key, long now);

    /// <summary>Adds live buckets to a list, as far as <paramref name="places"/> places of the table.</summary>
    /// <returns>Where to go on; null at the end.</returns>
    public abstract long? List(long start, int limit, int places, long now, List<(string Key, LimiterDecision Level)> found);

    /// <summary>Forgets what equals new.</summary>
    /// <returns>How many buckets are left.</returns>
    public abstract int Sweep(long now);

    /// <summary>Looks at up to so many buckets and forgets what equals new, without waiting for any lock.</summary>
    /// <returns>How many were forgotten.</returns>
    public abstract int TrySweepSome(long now, int places);

    /// <summary>Goes on under another rule of the same key: in place where the algorithm keeps the same state, else in the store returned.</summary>
    public abstract RuleBuckets ChangeTo(Rule rule, long now);

    /// <summary>Ends: nothing is answered any more, and who waits in line is sent to ask again.</summary>
    public abstract void Retire();

    /// <summary>Takes a bucket over from a store of another algorithm.</summary>
    public abstract void Adopt(string key, long remaining, long now);
}
