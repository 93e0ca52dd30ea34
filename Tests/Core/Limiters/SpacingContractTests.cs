using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class SpacingContractTests : LimiterContract<SpacingState>
{
    protected override IReadOnlyList<(string Name, ILimiter<SpacingState> Limiter)> Cases { get; } =
    [
        ("1s, none ahead", new Spacing(Ticks.PerSecond, 0)),
        ("1s, 3 ahead", new Spacing(Ticks.PerSecond, 3)),
        ("1s, 10,000 ahead, no grace", new Spacing(Ticks.PerSecond, Limits.MaxReservations, 0)),
        ("1µs, 2 ahead, full grace", new Spacing(Limits.MinPeriodTicks, 2, Limits.MinPeriodTicks)),
        ("400d, 3 ahead", new Spacing(Limits.MaxPeriodTicks, 3)),
        ("10,000,019 ticks, 1 ahead", new Spacing(10_000_019, 1)),
    ];

    protected override bool SetsAside => false;

    protected override long MostAfter(OnChange onChange, long before, ILimiter<SpacingState> old, ILimiter<SpacingState> changed) =>
        before;

    [Theory]
    [InlineData(9, 1, null, "intervalTicks is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(Limits.MaxPeriodTicks + 1, 1, null, "intervalTicks is 345600000000001 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(10, -1, null, "reservations is -1; use 0 to 10000.")]
    [InlineData(10, 10_001, null, "reservations is 10001; use 0 to 10000.")]
    [InlineData(10, 1, -1L, "graceTicks is -1; use 0 to the interval, 10.")]
    [InlineData(10, 1, 11L, "graceTicks is 11; use 0 to the interval, 10.")]
    public void Constructor_NumberOutOfRange_ThrowsNamingValueAndRange(long intervalTicks, int reservations, long? graceTicks, string message)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new Spacing(intervalTicks, reservations, graceTicks));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Return_OfAMiddleSlot_IsUsedAgainByTheNext()
    {
        var limiter = new Spacing(Ticks.PerSecond, 3);
        var state = limiter.Create(Start);
        var permits = Enumerable.Range(0, 4).Select(_ => limiter.Reserve(ref state, Start)!.Value).ToArray();
        Assert.Null(limiter.Reserve(ref state, Start));

        Assert.True(limiter.Return(ref state, permits[2], Start));
        Assert.Equal(permits[2], limiter.Reserve(ref state, Start));
        Assert.Null(limiter.Reserve(ref state, Start));
        Assert.True(limiter.Return(ref state, permits[3], Start));
        Assert.True(limiter.Return(ref state, permits[1], Start));
        Assert.Equal(permits[1], limiter.Reserve(ref state, Start));
        Assert.Equal(permits[3], limiter.Reserve(ref state, Start));
    }

    [Fact]
    public void Return_Twice_GivesOnce()
    {
        var limiter = new Spacing(Ticks.PerSecond, 3);
        var state = limiter.Create(Start);
        var first = limiter.Reserve(ref state, Start)!.Value;
        var second = limiter.Reserve(ref state, Start)!.Value;

        Assert.True(limiter.Return(ref state, second, Start));
        Assert.False(limiter.Return(ref state, second, Start));
        Assert.True(limiter.Return(ref state, first, Start));
        Assert.False(limiter.Return(ref state, first, Start));
    }
}
