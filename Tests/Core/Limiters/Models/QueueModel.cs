using System.Numerics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>A queue: turns as a bucket of one permit gives them, as long as fewer than the capacity are before a newcomer.</summary>
internal sealed class QueueModel(long capacity, Rate drain, long maxAge, FluidModel turns) : ILimiterModel
{
    public QueueModel(long start, long capacity, Rate drain, long maxAge)
        : this(capacity, drain, maxAge, new FluidModel(start, new Bandwidth(1, drain)))
    {
    }

    public long Limit => turns.Limit;

    public long Earliest(long cost, long seen) => turns.Earliest(cost, seen);

    public bool MayReserve(long cost, long seen) => RoomAt(seen) == seen && Earliest(cost, seen) - seen <= maxAge;

    public long RetryAt(long cost, long seen, long maxWait)
    {
        // What is past the end of time is not granted, whatever the queue holds.
        var at = Earliest(cost, seen);
        return at > Ticks.MaxInstant ? at : Math.Max(RoomAt(seen), at - Math.Min(maxWait, maxAge));
    }

    public long Remaining(long seen) => turns.Remaining(seen);

    public long NewAt(long seen) => turns.NewAt(seen);

    public void Take(in Grant grant, long seen) => turns.Take(grant, seen);

    public string? Return(in Grant grant, long seen, bool answer) => turns.Return(grant, seen, answer);

    /// <summary>The same queue under other numbers: who is in line stays there.</summary>
    public QueueModel Changed(long toCapacity, Rate toDrain, long toMaxAge, OnChange onChange, long seen) =>
        new(toCapacity, toDrain, toMaxAge, turns.Changed([new Bandwidth(1, toDrain)], onChange, keepsUse: false, seen));

    /// <summary>Each interval begun until its turn has somebody in it.</summary>
    private long RoomAt(long seen)
    {
        var interval = BigInteger.DivRem(drain.PeriodTicks, drain.Permits, out var rest) + (rest.IsZero ? 0 : 1);
        return (long)BigInteger.Max(seen, Earliest(1, seen) - ((capacity - 1) * interval));
    }
}
