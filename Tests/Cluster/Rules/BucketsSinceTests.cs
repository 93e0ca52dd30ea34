using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;

namespace Throttle.Tests.Cluster.Rules;

/// <summary>Which edits begin new buckets.</summary>
public sealed class BucketsSinceTests
{
    private static readonly Rule Token = LimitBy.TokenBucket("a", 10, "1/s");
    private RuleSetWire _rules = new(0, []);

    [Fact]
    public void Edit_OfANewRule_BeginsBuckets() => Assert.Equal(1, Edit(Token));

    [Fact]
    public void Edit_OfNumbersOrAlgorithm_KeepsBuckets()
    {
        Edit(Token);

        Assert.Equal(1, Edit(LimitBy.TokenBucket("a", 20, "1/s")));
        Assert.Equal(1, Edit(LimitBy.SlidingLog("a", 20, "1m")));
    }

    [Fact]
    public void Edit_ThatResets_BeginsBucketsWhenTheLimitIsAnother()
    {
        Edit(Token);

        Assert.Equal(1, Edit(Token with { OnChange = OnChange.Reset }));
        Assert.Equal(3, Edit(LimitBy.TokenBucket("a", 20, "1/s") with { OnChange = OnChange.Reset }));
        Assert.Equal(3, Edit(LimitBy.TokenBucket("a", 20, "1/s")));
        Assert.Equal(3, Edit(LimitBy.TokenBucket("a", 30, "1/s")));
    }

    [Fact]
    public void Edit_ToOrFromAQueue_BeginsBuckets()
    {
        Edit(Token);

        Assert.Equal(2, Edit(LimitBy.Queue("a", 10, "1/s")));
        Assert.Equal(2, Edit(LimitBy.Queue("a", 20, "1/s")));
        Assert.Equal(4, Edit(Token));
    }

    [Fact]
    public void Edit_ThatTakesTheRuleAwayAndBack_BeginsBuckets()
    {
        Edit(Token);
        _rules = _rules.Follow(new RuleSet([], _rules.Version + 1));

        Assert.Equal(3, Edit(Token));
    }

    private long Edit(Rule rule)
    {
        _rules = _rules.Follow(new RuleSet([rule], _rules.Version + 1));
        return _rules.Rules.Single().BucketsSince;
    }
}
