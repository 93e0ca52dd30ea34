using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class AdaptiveLeakyBucketContractTests : LimiterContract<AdaptiveState>
{
    private static readonly AdaptiveNumbers Steady = new() { MinFactor = Factor.One, MaxFactor = Factor.One };

    private static readonly AdaptiveNumbers Slowly = new()
    {
        MinFactor = Factor.Parse("0.5"),
        MaxFactor = Factor.Parse("2"),
        Map = [new(0, Factor.Parse("0.000000001"), Factor.Parse("1.01"), Factor.Parse("0.000000002"), Factor.Parse("0.99"))],
        EveryTicks = AdaptiveNumbers.MinEveryTicks,
    };

    protected override IReadOnlyList<(string Name, ILimiter<AdaptiveState> Limiter)> Cases { get; } =
    [
        ("10 at 1/s", new AdaptiveLeakyBucket(10, new Rate(1, Ticks.PerSecond), new())),
        ("128 at 16/s", new AdaptiveLeakyBucket(128, new Rate(16, Ticks.PerSecond), new())),
        ("256 at 32/s", new AdaptiveLeakyBucket(256, new Rate(32, Ticks.PerSecond), new())),
        ("1 at 3/s, each 7,000,001 ticks", new AdaptiveLeakyBucket(1, new Rate(3, Ticks.PerSecond), new() { EveryTicks = 7_000_001 })),
        ("7 at 3 in 10,000,019 ticks", new AdaptiveLeakyBucket(7, new Rate(3, 10_000_019), new())),
        ("1 at 2^53/µs", new AdaptiveLeakyBucket(1, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks), new())),
        ("1,000,000 at 1/400d", new AdaptiveLeakyBucket(1_000_000, new Rate(1, Limits.MaxPeriodTicks), new())),
        ("2^40 at 2^53/µs", new AdaptiveLeakyBucket(AdaptiveNumbers.MaxCapacity, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks), new())),
        ("2^40 at 1/400d, each ms, slowly", new AdaptiveLeakyBucket(AdaptiveNumbers.MaxCapacity, new Rate(1, Limits.MaxPeriodTicks), Slowly)),
        ("2^40 at 1/400d less a tick, each ms", new AdaptiveLeakyBucket(
            AdaptiveNumbers.MaxCapacity, new Rate(1, Limits.MaxPeriodTicks - 1), new() { EveryTicks = AdaptiveNumbers.MinEveryTicks })),
        ("9 at 1/s, each 400d", new AdaptiveLeakyBucket(9, new Rate(1, Ticks.PerSecond), new() { EveryTicks = Limits.MaxPeriodTicks })),
        ("10 at 1/s, steady", new AdaptiveLeakyBucket(10, new Rate(1, Ticks.PerSecond), Steady)),
        ("10 at 1/s, steady, per call", new AdaptiveLeakyBucket(10, new Rate(1, Ticks.PerSecond), Steady with { Mode = AdaptiveMode.PerCall })),
    ];

    protected override bool SetsAside => false;

    protected override long MostAfter(
        OnChange onChange, long before, ILimiter<AdaptiveState> old, ILimiter<AdaptiveState> changed) => onChange switch
        {
            OnChange.Keep => Math.Max(0, changed.Limit - (old.Limit - before)),
            OnChange.Proportional => (long)((Int128)before * changed.Limit / old.Limit),
            _ => Math.Min(changed.Limit, before + Math.Max(0, changed.Limit - old.Limit)),
        };

    [Theory]
    [InlineData(0, 1, 10, "capacity is 0; use 1 to 9007199254740992.")]
    [InlineData(AdaptiveNumbers.MaxCapacity + 1, 1, 10, "capacity is 1099511627777; use 1 to 1099511627776 where the leak is adaptive.")]
    [InlineData(1, 0, 10, "leak permits is 0; use 1 to 9007199254740992.")]
    [InlineData(1, 1, 9, "leak period is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    public void Constructor_NumberOutOfRange_ThrowsNamingValueAndRange(long capacity, long permits, long periodTicks, string message)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(
            () => new AdaptiveLeakyBucket(capacity, new Rate(permits, periodTicks), new()));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }
}
