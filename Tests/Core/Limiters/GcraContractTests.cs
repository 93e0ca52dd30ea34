using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class GcraContractTests : LimiterContract<TokenBucketState>
{
    protected override IReadOnlyList<(string Name, ILimiter<TokenBucketState> Limiter)> Cases { get; } =
    [
        ("5 at 1/s", new Gcra(new Rate(1, Ticks.PerSecond), 5)),
        ("10 at 10/s", new Gcra(new Rate(10, Ticks.PerSecond), 10)),
        ("1 at 3/s", new Gcra(new Rate(3, Ticks.PerSecond), 1)),
        ("20 at 300/10s", new Gcra(new Rate(300, 10 * Ticks.PerSecond), 20)),
        ("7 at 3 in 10,000,019 ticks", new Gcra(new Rate(3, 10_000_019), 7)),
        ("1 at 1/µs", new Gcra(new Rate(1, Limits.MinPeriodTicks), 1)),
        ("1 at 2^53/µs", new Gcra(new Rate(Limits.MaxPermits, Limits.MinPeriodTicks), 1)),
        ("1,000,000 at 1/400d", new Gcra(new Rate(1, Limits.MaxPeriodTicks), 1_000_000)),
        ("2^53 at 2^53/µs", new Gcra(new Rate(Limits.MaxPermits, Limits.MinPeriodTicks), Limits.MaxPermits)),
        ("2^53 at 1/400d", new Gcra(new Rate(1, Limits.MaxPeriodTicks), Limits.MaxPermits)),
        ("2^53 at 2^53/400d", new Gcra(new Rate(Limits.MaxPermits, Limits.MaxPeriodTicks), Limits.MaxPermits)),
        ("3 at 2^53-1 in 400d less a tick", new Gcra(new Rate(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1), 3)),
    ];

    protected override long MostAfter(OnChange onChange, long before, ILimiter<TokenBucketState> old, ILimiter<TokenBucketState> changed) =>
        onChange switch
        {
            OnChange.Keep => Math.Min(before, changed.Limit),
            OnChange.Proportional => (long)((Int128)before * changed.Limit / old.Limit),
            _ => Math.Min(changed.Limit, before + Math.Max(0, changed.Limit - old.Limit)),
        };

    [Theory]
    [InlineData(0, 1, 10, "burst is 0; use 1 to 9007199254740992.")]
    [InlineData(-1, 1, 10, "burst is -1; use 1 to 9007199254740992.")]
    [InlineData(Limits.MaxPermits + 1, 1, 10, "burst is 9007199254740993; use 1 to 9007199254740992.")]
    [InlineData(1, 0, 10, "rate permits is 0; use 1 to 9007199254740992.")]
    [InlineData(1, Limits.MaxPermits + 1, 10, "rate permits is 9007199254740993; use 1 to 9007199254740992.")]
    [InlineData(1, 1, 9, "rate period is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(1, 1, Limits.MaxPeriodTicks + 1, "rate period is 345600000000001 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(long.MinValue, 1, 10, "burst is -9223372036854775808; use 1 to 9007199254740992.")]
    public void Constructor_NumberOutOfRange_ThrowsNamingValueAndRange(long capacity, long permits, long periodTicks, string message)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new Gcra(new Rate(permits, periodTicks), capacity));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }
}
