using Throttle.Client.Buckets;
using Throttle.Core.Engine;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Client;

public sealed class GrainCacheTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly RuleSet Rules = new([LimitBy.TokenBucket("a", 1, "1/s", "user"), LimitBy.TokenBucket("b", 1, "1/s", "user")], 1);

    [Fact]
    public void Of_SameBucketAgain_IsTheSameReference()
    {
        var cache = new GrainCache(shared.Cluster.Client, 100);

        var grain = cache.Of(Call(Rules, 0, "1"));

        Assert.Same(grain, cache.Of(Call(Rules, 0, new string('1', 1))));
        Assert.Equal("a/1", grain.GetPrimaryKeyString());
    }

    [Fact]
    public void Of_OtherRuleOrKey_IsAnotherGrain()
    {
        var cache = new GrainCache(shared.Cluster.Client, 100);

        string[] keys =
        [
            cache.Of(Call(Rules, 0, "1")).GetPrimaryKeyString(),
            cache.Of(Call(Rules, 1, "1")).GetPrimaryKeyString(),
            cache.Of(Call(Rules, 0, "")).GetPrimaryKeyString(),
        ];

        Assert.Equal(["a/1", "b/1", "a/"], keys);
    }

    [Fact]
    public void Of_RulesEdited_KeepsReferencesOfRulesThatStay()
    {
        var cache = new GrainCache(shared.Cluster.Client, 100);
        var before = cache.Of(Call(Rules, 1, "1"));

        var edited = new RuleSet([LimitBy.TokenBucket("b", 5, "1/s", "user")], 2);

        Assert.Same(before, cache.Of(Call(edited, 0, "1")));
        Assert.Same(before, cache.Of(Call(Rules, 1, "1")));
    }

    [Fact]
    public void Of_RuleThatBecomesAQueue_IsAGrainOfTheOtherKind()
    {
        var cache = new GrainCache(shared.Cluster.Client, 100);
        var before = cache.Of(Call(Rules, 0, "1"));

        var edited = new RuleSet([LimitBy.SlidingLog("a", 1, "1s", "user")], 2);
        var queue = new RuleSet([LimitBy.Queue("a", 1, "1/s", "user")], 3);

        Assert.Equal(before.GetGrainId(), cache.Of(Call(edited, 0, "1")).GetGrainId());
        Assert.NotEqual(before.GetGrainId(), cache.Of(Call(queue, 0, "1")).GetGrainId());
    }

    [Fact]
    public void Of_MoreThanTheMaximum_ForgetsThoseNotUsedLately()
    {
        var cache = new GrainCache(shared.Cluster.Client, 100);
        var often = cache.Of(Call(Rules, 0, "often"));

        for (var i = 0; i < 1000; i++)
        {
            cache.Of(Call(Rules, 0, $"{i}"));
            Assert.Same(often, cache.Of(Call(Rules, 0, "often")));
            Assert.InRange(cache.Count, 1, 100);
        }
    }

    private static BucketCall Call(RuleSet set, int index, string key) => new(set, index, key, 1);
}
