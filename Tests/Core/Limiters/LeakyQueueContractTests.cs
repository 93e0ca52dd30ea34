using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class LeakyQueueContractTests : LimiterContract<TokenBucketState>
{
    protected override IReadOnlyList<(string Name, ILimiter<TokenBucketState> Limiter)> Cases { get; } =
    [
        ("1 at 1/s", new LeakyQueue(1, new Rate(1, Ticks.PerSecond))),
        ("3 at 1/s", new LeakyQueue(3, new Rate(1, Ticks.PerSecond))),
        ("100 at 10/s, at most 2s", new LeakyQueue(100, new Rate(10, Ticks.PerSecond), 2 * Ticks.PerSecond)),
        ("5 at 1/s, at most 1µs", new LeakyQueue(5, new Rate(1, Ticks.PerSecond), Limits.MinPeriodTicks)),
        ("7 at 3 in 10,000,019 ticks", new LeakyQueue(7, new Rate(3, 10_000_019))),
        ("2^53 at 1/µs", new LeakyQueue(Limits.MaxPermits, new Rate(1, Limits.MinPeriodTicks))),
        ("2^53 at 2^53/µs", new LeakyQueue(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks))),
        ("2^53 at 1/400d", new LeakyQueue(Limits.MaxPermits, new Rate(1, Limits.MaxPeriodTicks), Limits.MaxPeriodTicks)),
        ("4 at 2^53-1 in 400d less a tick", new LeakyQueue(4, new Rate(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1))),
    ];

    protected override bool RetriesByItsWait => true;

    protected override long MostAfter(OnChange onChange, long before, ILimiter<TokenBucketState> old, ILimiter<TokenBucketState> changed) =>
        before;

    [Theory]
    [InlineData(0, 1, 10, null, "capacity is 0; use 1 to 9007199254740992.")]
    [InlineData(Limits.MaxPermits + 1, 1, 10, null, "capacity is 9007199254740993; use 1 to 9007199254740992.")]
    [InlineData(1, 0, 10, null, "rate permits is 0; use 1 to 9007199254740992.")]
    [InlineData(1, 1, 9, null, "rate period is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(1, 1, 10, 9L, "maxAgeTicks is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    public void Constructor_NumberOutOfRange_ThrowsNamingValueAndRange(
        long capacity, long permits, long periodTicks, long? maxAge, string message)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new LeakyQueue(capacity, new Rate(permits, periodTicks), maxAge));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void Acquire_FullQueueAroundItsRetryInstant_JoinsOnlyWhenDue(long offsetTicks, bool isAllowed)
    {
        var queue = new LeakyQueue(3, new Rate(3, Ticks.PerSecond));
        var state = queue.Create(Start);
        var turns = Enumerable.Range(0, 3).Select(_ => queue.Acquire(ref state, 1, Start, Ticks.PerDay).DelayTicks).ToArray();
        var refused = queue.Acquire(ref state, 1, Start, Ticks.PerDay);

        Assert.Equal([0, 3_333_334, 6_666_668], turns);
        Assert.Equal(3_333_334, refused.RetryAfterTicks);
        Assert.Equal(isAllowed, queue.Acquire(ref state, 1, Start + refused.RetryAfterTicks + offsetTicks, Ticks.PerDay).IsAllowed);
    }

    [Theory]
    [InlineData(2 * Ticks.PerSecond, 2, 1 * Ticks.PerSecond)]
    [InlineData((2 * Ticks.PerSecond) - 1, 1, 1)]
    public void Acquire_TurnLaterThanTheOldestMayBe_IsRefusedUntilItIsNot(long maxAge, int ahead, long retryAfter)
    {
        var queue = new LeakyQueue(100, new Rate(1, Ticks.PerSecond), maxAge);
        var state = queue.Create(Start);
        for (var i = 0; i <= ahead; i++)
        {
            Assert.True(queue.Acquire(ref state, 1, Start, Ticks.Never).IsAllowed);
        }

        Assert.Equal(retryAfter, queue.Acquire(ref state, 1, Start, Ticks.Never).RetryAfterTicks);
    }
}
