using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class TokenBucketContractTests : LimiterContract<TokenBucketState>
{
    protected override IReadOnlyList<(string Name, ILimiter<TokenBucketState> Limiter)> Cases { get; } =
    [
        ("5 at 1/s", new TokenBucket(5, new Rate(1, Ticks.PerSecond))),
        ("10 at 10/s", new TokenBucket(10, new Rate(10, Ticks.PerSecond))),
        ("1 at 3/s", new TokenBucket(1, new Rate(3, Ticks.PerSecond))),
        ("20 at 300/10s", new TokenBucket(20, new Rate(300, 10 * Ticks.PerSecond))),
        ("7 at 3 in 10,000,019 ticks", new TokenBucket(7, new Rate(3, 10_000_019))),
        ("1 at 1/µs", new TokenBucket(1, new Rate(1, Limits.MinPeriodTicks))),
        ("1 at 2^53/µs", new TokenBucket(1, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks))),
        ("1,000,000 at 1/400d", new TokenBucket(1_000_000, new Rate(1, Limits.MaxPeriodTicks))),
        ("2^53 at 2^53/µs", new TokenBucket(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks))),
        ("2^53 at 1/400d", new TokenBucket(Limits.MaxPermits, new Rate(1, Limits.MaxPeriodTicks))),
        ("2^53 at 2^53/400d", new TokenBucket(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MaxPeriodTicks))),
        ("3 at 2^53-1 in 400d less a tick", new TokenBucket(3, new Rate(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1))),
    ];

    protected override long MostAfter(OnChange onChange, long before, ILimiter<TokenBucketState> old, ILimiter<TokenBucketState> changed) =>
        onChange switch
        {
            OnChange.Keep => Math.Min(before, changed.Limit),
            OnChange.Proportional => (long)((Int128)before * changed.Limit / old.Limit),
            _ => Math.Min(changed.Limit, before + Math.Max(0, changed.Limit - old.Limit)),
        };

    [Theory]
    [InlineData(0, 1, 10, "capacity is 0; use 1 to 9007199254740992.")]
    [InlineData(-1, 1, 10, "capacity is -1; use 1 to 9007199254740992.")]
    [InlineData(Limits.MaxPermits + 1, 1, 10, "capacity is 9007199254740993; use 1 to 9007199254740992.")]
    [InlineData(1, 0, 10, "rate permits is 0; use 1 to 9007199254740992.")]
    [InlineData(1, Limits.MaxPermits + 1, 10, "rate permits is 9007199254740993; use 1 to 9007199254740992.")]
    [InlineData(1, 1, 9, "rate period is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(1, 1, Limits.MaxPeriodTicks + 1, "rate period is 345600000000001 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(long.MinValue, 1, 10, "capacity is -9223372036854775808; use 1 to 9007199254740992.")]
    public void Constructor_NumberOutOfRange_ThrowsNamingValueAndRange(long capacity, long permits, long periodTicks, string message)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(capacity, new Rate(permits, periodTicks)));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }
}
