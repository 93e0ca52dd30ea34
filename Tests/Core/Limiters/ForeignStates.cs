using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <summary>Saved states of every kind of limiter, to be refused by the others.</summary>
internal static class ForeignStates
{
    public static IEnumerable<byte[]> Of<TState>(long start)
    {
        var second = Ticks.PerSecond;
        var all = new (Type State, byte[] Saved)[]
        {
            Used(new TokenBucket(10, new Rate(1, second)), start),
            Used(new MultiTokenBucket(new Bandwidth(10, new Rate(1, second)), new Bandwidth(20, new Rate(1, second))), start),
            Used(new FixedWindow(10, second), start),
            Used(new SlidingLog(10, second), start),
            Used(new SlidingWindow(10, second), start),
            Used(new AdaptiveLeakyBucket(10, new Rate(1, second), new()), start),
            Used(new Spacing(second, 3), start),
            Used(new Concurrency(10, second), start),
        };
        return all.Where(s => s.State != typeof(TState)).Select(s => s.Saved);
    }

    private static (Type State, byte[] Saved) Used<TState>(ILimiter<TState> limiter, long start)
        where TState : struct
    {
        var state = limiter.Create(start);
        limiter.Acquire(ref state, 1, start);
        limiter.Acquire(ref state, 1, start, Ticks.PerDay);
        return (typeof(TState), limiter.Save(state));
    }
}
