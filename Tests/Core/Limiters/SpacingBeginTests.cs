using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Limiters;

/// <summary>Calls spaced by the instants at which they run: whoever is late, and wherever a worker dies.</summary>
public sealed class SpacingBeginTests
{
    private const long Start = 638_712_345_678_901_237;
    private const long Second = Ticks.PerSecond;
    private readonly Spacing _limiter = new(3 * Second, 2);

    [Fact]
    public void Begin_OnTime_RunsAtItsInstantAndTheNextAnIntervalLater()
    {
        var state = _limiter.Create(Start);
        var (first, second) = (Reserve(ref state, Start), Reserve(ref state, Start));

        Assert.Equal(BeginAnswer.Begun(3 * Second / 10), _limiter.Begin(ref state, first, 0, Start));
        Assert.True(_limiter.Ran(ref state, first, Start, Start));
        Assert.Equal(BeginAnswer.Wait(1), _limiter.Begin(ref state, second, 0, Start + (3 * Second) - 1));
        Assert.Equal(BeginOutcome.Begun, _limiter.Begin(ref state, second, 0, Start + (3 * Second)).Outcome);
    }

    [Theory]
    [InlineData(0, BeginOutcome.Begun)]
    [InlineData(1, BeginOutcome.Expired)]
    public void Begin_AroundTheGrace_ExpiresOnlyAfterIt(long ticks, BeginOutcome outcome)
    {
        var state = _limiter.Create(Start);
        var (immediate, reserved) = (Reserve(ref state, Start), Reserve(ref state, Start));
        var other = state;
        other.Slots = state.Slots.Copy();

        Assert.Equal(outcome, _limiter.Begin(ref other, immediate, 0, Start + (3 * Second / 10) + ticks).Outcome);
        Assert.Equal(outcome, _limiter.Begin(ref state, reserved, 0, Start + (33 * Second / 10) + ticks).Outcome);
    }

    [Fact]
    public void Begin_AfterALateCall_WaitsAnIntervalFromItAndDoesNotExpire()
    {
        var state = _limiter.Create(Start);
        var (first, second, third) = (Reserve(ref state, Start), Reserve(ref state, Start), Reserve(ref state, Start));
        var late = Start + (Second / 4);

        Assert.Equal(BeginOutcome.Begun, _limiter.Begin(ref state, first, 0, late).Outcome);
        _limiter.Ran(ref state, first, late, late);

        Assert.Equal(BeginAnswer.Wait(Second / 4), _limiter.Begin(ref state, second, 0, Start + (3 * Second)));
        var grace = 3 * Second / 10;
        Assert.Equal(BeginOutcome.Begun, _limiter.Begin(ref state, second, 0, late + (3 * Second) + grace).Outcome);
        _limiter.Ran(ref state, second, late + (3 * Second) + grace, late + (3 * Second) + grace);
        Assert.Equal(BeginAnswer.Wait(Second / 4 + grace), _limiter.Begin(ref state, third, 0, Start + (6 * Second)));
    }

    [Fact]
    public void Begin_HolderDiedAfterIt_TheNextWaitsUntilItsGraceCannotMatter()
    {
        var state = _limiter.Create(Start);
        var (first, second) = (Reserve(ref state, Start), Reserve(ref state, Start));
        _limiter.Begin(ref state, first, 0, Start);

        Assert.Equal(BeginAnswer.Wait(3 * Second / 10), _limiter.Begin(ref state, second, 0, Start + (3 * Second)));
    }

    /// <summary>Seed 003, case 12: the slot of a worker that died is nobody's, and the next is not disturbed.</summary>
    [Fact]
    public void Begin_HolderDiedBeforeIt_TheNextIsOnTime()
    {
        var state = _limiter.Create(Start);
        Reserve(ref state, Start);
        var second = Reserve(ref state, Start);

        Assert.Equal(BeginOutcome.Begun, _limiter.Begin(ref state, second, 0, Start + (3 * Second)).Outcome);
    }

    [Fact]
    public void Begin_AskedAgainBeforeTheCall_MaySoLongAsNobodyElseHasBegun()
    {
        var state = _limiter.Create(Start);
        var (first, second) = (Reserve(ref state, Start), Reserve(ref state, Start));
        _limiter.Begin(ref state, first, 0, Start);

        Assert.Equal(BeginOutcome.Begun, _limiter.Begin(ref state, first, 0, Start + 100).Outcome);
        _limiter.Ran(ref state, first, Start + 200, Start + 300);

        Assert.Equal(BeginAnswer.Wait(200), _limiter.Begin(ref state, second, 0, Start + (3 * Second)));
    }

    [Fact]
    public void Return_OfABegunPermit_GivesNothing()
    {
        var state = _limiter.Create(Start);
        var first = Reserve(ref state, Start);
        _limiter.Begin(ref state, first, 0, Start);
        _limiter.Ran(ref state, first, Start, Start);

        Assert.False(_limiter.Return(ref state, first, Start));
        Assert.False(_limiter.Acquire(ref state, 1, Start).IsAllowed);
    }

    [Fact]
    public void Return_OfASlotThatMoved_IsUsedAgain()
    {
        var state = _limiter.Create(Start);
        var (first, _, third) = (Reserve(ref state, Start), Reserve(ref state, Start), Reserve(ref state, Start));
        _limiter.Begin(ref state, first, 0, Start + (Second / 5));

        Assert.True(_limiter.Return(ref state, third, Start + Second));

        Assert.Equal(Start + (Second / 5) + (6 * Second), Reserve(ref state, Start + Second).ValidAt);
    }

    /// <summary>
    /// The guarantee: over any arrivals, late starts, lost messages and deaths, calls run at least an interval apart, no more
    /// are reserved ahead than may be, and who is never late itself never expires.
    /// </summary>
    [Theory]
    [InlineData(3 * Second, 2, null)]
    [InlineData(3 * Second, 0, null)]
    [InlineData(Second, 10, Second)]
    [InlineData(Second / 10, 5, Second / 30)]
    [InlineData(Limits.MinPeriodTicks, 3, 3L)]
    [InlineData(Second, 4, 0L)]
    public void Begin_AnyWorkers_RunAnIntervalApart(long interval, int reservations, long? grace)
    {
        Step.Check(1_030, 600, Step.Sequences(1, longest: 40), (_, steps) =>
            new SpacedWorkers(new Spacing(interval, reservations, grace), interval, reservations, grace ?? (interval / 10)).Run(steps));
    }

    private Grant Reserve(ref SpacingState state, long now) => _limiter.Acquire(ref state, 1, now, Ticks.Never).Grant;
}
