using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <summary>A call above the capacity, which waits until all of it has come, and what others see of it.</summary>
public sealed class TokenBucketDebtTests
{
    private const long Start = 638_712_345_678_901_237;
    private const long Second = Ticks.PerSecond;
    private readonly TokenBucket _limiter = new(5, new Rate(1, Second), debt: 15);

    [Fact]
    public void Acquire_AboveCapacity_PaysBeforeItGoesAndLeavesNothing()
    {
        var state = _limiter.Create(Start);

        var granted = _limiter.Acquire(ref state, 12, Start, Ticks.Never);
        var next = _limiter.Acquire(ref state, 1, Start, Ticks.Never);

        Assert.Equal((true, 7 * Second, 12L), (granted.IsAllowed, granted.DelayTicks, granted.Grant.Permits));
        Assert.Equal(8 * Second, next.DelayTicks);
    }

    [Theory]
    [InlineData(7 * Second, true)]
    [InlineData((7 * Second) - 1, false)]
    [InlineData(0, false)]
    public void Acquire_AboveCapacityWithSuchAWait_IsServedOrNeverFits(long maxWaitTicks, bool isAllowed)
    {
        var state = _limiter.Create(Start);
        var before = _limiter.Save(state);

        var decision = _limiter.Acquire(ref state, 12, Start, maxWaitTicks);

        Assert.Equal((isAllowed, !isAllowed, 0L), (decision.IsAllowed, decision.NeverFits, decision.RetryAfterTicks));
        Assert.Equal(!isAllowed, before.AsSpan().SequenceEqual(_limiter.Save(state)));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void Acquire_AroundTheLargestDebt_FitsUpToIt(long cost, bool isAllowed)
    {
        var state = _limiter.Create(Start);

        var decision = _limiter.Acquire(ref state, cost, Start, Ticks.Never);

        Assert.Equal((isAllowed, !isAllowed), (decision.IsAllowed, decision.NeverFits));
    }

    [Fact]
    public void Acquire_NoDebtAllowed_AboveCapacityNeverFitsHoweverLongItWaits()
    {
        var limiter = new TokenBucket(5, new Rate(1, Second));
        var state = limiter.Create(Start);

        Assert.True(limiter.Acquire(ref state, 6, Start, Ticks.Never).NeverFits);
    }

    [Fact]
    public void Return_OfADebtBeforeItsInstant_GivesAllOfItBack()
    {
        var state = _limiter.Create(Start);
        var granted = _limiter.Acquire(ref state, 20, Start, Ticks.Never);

        Assert.True(_limiter.Return(ref state, granted.Grant, Start + Second));

        Assert.Equal(5, _limiter.Peek(state, 0, Start + Second).Remaining);
        Assert.True(_limiter.IsNew(state, Start + Second));
    }

    /// <summary>In any interval at most capacity + debt + rate × interval, counted at the granted instants.</summary>
    [Fact]
    public void Acquire_AnyCostsInARow_HoldTheStatedBound() => Models.Step.Check(1_020, 2_000, Models.Step.Sequences(1), (_, steps) =>
    {
        var state = _limiter.Create(Start);
        var granted = new List<(long At, long Permits)>();
        var now = Start;
        foreach (var step in steps)
        {
            now += step.Pace < 50 ? 0 : step.Time * Second / 100;
            var decision = _limiter.Acquire(ref state, 1 + (step.Cost % 22), now, step.Wait * Second / 10);
            if (decision.IsAllowed)
            {
                granted.Add((decision.Grant.ValidAt, decision.Grant.Permits));
            }
        }

        for (var i = 0; i < granted.Count; i++)
        {
            var sum = 0L;
            for (var j = i; j < granted.Count; j++)
            {
                sum += granted[j].Permits;
                var most = ((5 + 15) * Second) + (granted[j].At - granted[i].At);
                Assert.True(sum * Second <= most, $"{sum} permits from {granted[i].At} to {granted[j].At}");
                Assert.True(granted[j].At >= granted[i].At, "A later call was granted an earlier instant.");
            }
        }
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(Limits.MaxPermits)]
    public void Constructor_DebtOutOfRange_ThrowsNamingValueAndRange(long debt)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(5, new Rate(1, Second), debt));

        Assert.StartsWith($"debt is {debt}; use 0 to {Limits.MaxPermits - 5}.", fault.Message, StringComparison.Ordinal);
    }
}
