using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Rules;

namespace Throttle.Tests.Cluster.Rules;

/// <summary>What the rules remember of the algorithms that a rule had.</summary>
public sealed class PreviousLimitsTests
{
    private const long Start = 639_000_000_000_000_000;

    private static readonly Rule Bucket = LimitBy.TokenBucket("a", 10, "1/h");
    private static readonly Rule Log = LimitBy.SlidingLog("a", 10, "1h");
    private static readonly Rule Window = LimitBy.FixedWindow("a", 10, "1h");

    private RuleSetWire _rules = RuleSetWire.From(new RuleSet([Bucket]));

    [Fact]
    public void Follow_AlgorithmKept_RemembersNothing()
    {
        Edit(LimitBy.Gcra("a", "1/h", 5), Start);
        Edit(Bucket, Start + 1);

        Assert.Empty(Remembered());
    }

    [Fact]
    public void Follow_AlgorithmChangedTwice_RemembersBothTheLatestFirst()
    {
        Edit(Log, Start);
        Edit(Window, Start + 5);

        Assert.Equal([("sliding-log", Start + 5), ("token-bucket", Start)], Remembered());
    }

    [Fact]
    public void Follow_AlgorithmBack_IsNoMoreAmongThoseBefore()
    {
        Edit(Log, Start);
        Edit(Window, Start + 5);
        Edit(Bucket, Start + 9);

        Assert.Equal([("fixed-window", Start + 9), ("sliding-log", Start + 5)], Remembered());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Follow_ClockStandsOrIsBack_GivesEachChangeAnInstantOfItsOwn(long later)
    {
        Edit(Log, Start);
        Edit(Window, Start + later);
        Edit(Log, Start + later);

        Assert.Equal([("fixed-window", Start + 2), ("token-bucket", Start)], Remembered());
    }

    [Fact]
    public void Follow_ByReset_RemembersNothingOfBefore()
    {
        Edit(Log, Start);
        Edit(Window with { OnChange = OnChange.Reset }, Start + 5);
        Assert.Empty(Remembered());

        Edit(Window, Start + 7);
        Edit(Log, Start + 9);
        Assert.Equal([("fixed-window", Start + 9)], Remembered());
    }

    [Fact]
    public void Follow_ResetThatChangesNothing_ForgetsNothing()
    {
        Edit(Log, Start);
        Edit(Log with { OnChange = OnChange.Reset }, Start + 5);

        Assert.Equal([("token-bucket", Start)], Remembered());
    }

    [Fact]
    public void Follow_LongAfter_ForgetsWhatCannotOweAnything()
    {
        Edit(Log, Start);
        Edit(Window, Start + TimeSpan.TicksPerHour);
        Edit(Window, Start + (10 * Ticks.PerDay));
        Assert.Empty(Remembered());

        Edit(Bucket, Start + (10 * Ticks.PerDay));
        Assert.Equal([("fixed-window", Start + (10 * Ticks.PerDay))], Remembered());
    }

    private void Edit(Rule rule, long now) => _rules = PreviousLimits.Follow(_rules, new RuleSet([rule]), now);

    private IEnumerable<(string Algorithm, long ChangedAt)> Remembered()
    {
        for (var previous = _rules.Rules[0].Previous; previous is not null; previous = previous.Before)
        {
            yield return (previous.Limit.Algorithm, previous.ChangedAtTicks);
        }
    }
}
