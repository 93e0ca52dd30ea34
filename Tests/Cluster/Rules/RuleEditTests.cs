using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces.Rules;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Rules;

/// <summary>Rules edited while the cluster works.</summary>
public sealed class RuleEditTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly Rule Small = LimitBy.TokenBucket("a", 10, "1/m", "user");

    private ThrottleCluster Cluster => shared.Cluster;

    [Fact]
    public async Task Rules_Edited_EverySiloAnswersByThemOnceItHasThem()
    {
        await Cluster.UseAsync(Small);
        await Cluster.Throttle.AcquireAsync([("user", "1")], 4);

        var edited = await Cluster.Rules.ReplaceAsync([Small with { Limit = new TokenBucketSpec([new(100, new(1, TimeSpan.TicksPerMinute))]), OnChange = OnChange.Additive }]);
        await Cluster.EveryoneHasAsync(edited.Version);

        foreach (var throttle in Cluster.Everywhere())
        {
            var decision = await throttle.PeekAsync(new([("user", "1")], 0));
            Assert.Equal((100L, 96L), (decision.Limit, decision.Remaining));
        }
    }

    [Fact]
    public async Task Rules_EditedOnOneSilo_ItsNextCallIsAnsweredByThemEverywhere()
    {
        await Cluster.UseAsync(Small);
        foreach (var silo in Cluster.Silos)
        {
            await Cluster.PlaceAsync(silo, "a", silo.Name);
        }

        var editor = Cluster.Silos[0];
        await ThrottleCluster.RulesOf(editor).ReplaceAsync([LimitBy.TokenBucket("a", 3, "1/m", "user")]);

        // No waiting for the others: a silo that has older rules than a caller fetches them first.
        foreach (var silo in Cluster.Silos)
        {
            Assert.Equal(3, (await Cluster.ThrottleOf(editor).PeekAsync(new([("user", silo.Name)]))).Limit);
        }
    }

    [Fact]
    public async Task Rules_SeenOnASilo_AreInForceThere()
    {
        await Cluster.UseAsync(Small);
        var follower = (ClusterRules)ThrottleCluster.RulesOf(Cluster.Silos[1]);
        for (var edit = 0; edit < 10; edit++)
        {
            // Many, so that reading them takes a while.
            var next = Cluster.Rules.Current.Version + 1;
            var rules = Enumerable.Range(0, 1000).Select(i => LimitBy.TokenBucket($"r{i}", 1 + edit, "1/m", "user")).ToArray();
            var watching = Task.Run(async () =>
            {
                // Not waited for, and given up at once so that no waits pile up: what tells at once that the version is seen must
                // be right at once.
                while (follower.EnsureAsync(next, new(canceled: true)) is not { IsCompletedSuccessfully: true, Result: true })
                {
                    await Task.Yield();
                }

                Assert.InRange(follower.Current.Version, next, long.MaxValue);
            });

            await Cluster.Rules.ReplaceAsync(rules);
            await watching;
        }
    }

    [Fact]
    public async Task Rules_EditedTwiceFromTheSameVersion_SecondIsAConflictAndChangesNothing()
    {
        await Cluster.UseAsync(Small);
        var version = Cluster.Rules.Current.Version;
        await ThrottleCluster.RulesOf(Cluster.Silos[0]).ReplaceAsync([LimitBy.TokenBucket("b", 1, "1/m")], version);

        var thrown = await Assert.ThrowsAsync<RuleVersionConflictException>(
            async () => await ThrottleCluster.RulesOf(Cluster.Silos[1]).ReplaceAsync([LimitBy.TokenBucket("c", 1, "1/m")], version));

        Assert.Contains($"{version + 1}", thrown.Message, StringComparison.Ordinal);
        await Cluster.EveryoneHasAsync(version + 1);
        Assert.All(Cluster.Silos, s => Assert.Equal("b", Assert.Single(ThrottleCluster.RulesOf(s).Current.Rules).Id));
    }

    [Fact]
    public async Task Rules_EditedByManyAtOnce_EachVersionHasOneWinner()
    {
        await Cluster.UseAsync(Small);
        var version = Cluster.Rules.Current.Version;

        var outcomes = await Task.WhenAll(Cluster.Silos.Select(s => ThrottleCluster.RulesOf(s)).Append(Cluster.Rules).Select(async (rules, i) =>
        {
            try
            {
                return (await rules.ReplaceAsync([LimitBy.TokenBucket($"r{i}", 1, "1/m")], version)).Version;
            }
            catch (RuleVersionConflictException)
            {
                return 0;
            }
        }));

        Assert.Equal([0, 0, 0, version + 1], outcomes.Order());
    }

    [Fact]
    public async Task Rules_KeyChanged_BucketsAreThoseOfTheNewKey()
    {
        await Cluster.UseAsync(Small);
        await Cluster.Throttle.AcquireAsync([("user", "1"), ("region", "eu")], 10);

        await Cluster.Rules.ReplaceAsync([LimitBy.TokenBucket("a", 10, "1/m", "region")]);

        Assert.Equal(9, (await Cluster.Throttle.AcquireAsync([("user", "1"), ("region", "eu")])).Remaining);
        Assert.Equal(8, (await Cluster.Throttle.AcquireAsync([("user", "2"), ("region", "eu")])).Remaining);
    }

    [Theory]
    [InlineData(Durability.Memory, Durability.Persisted)]
    [InlineData(Durability.Persisted, Durability.Memory)]
    public async Task Rules_DurabilityChanged_LiveBucketKeepsWhatIsLeft(Durability before, Durability after)
    {
        await Cluster.UseAsync(Small with { Durability = before });
        await Cluster.Throttle.AcquireAsync([("user", "1")], 7);

        await Cluster.Rules.ReplaceAsync([Small with { Durability = after }]);

        Assert.Equal(2, (await Cluster.Throttle.AcquireAsync([("user", "1")])).Remaining);
        await Cluster.SettleAsync();
        Assert.Equal(after == Durability.Persisted, Cluster.Storage.Holds(Cluster.Bucket("a", "1").GetGrainId()));
    }

    [Theory]
    [MemberData(nameof(PairsOfAlgorithms))]
    public async Task Rules_AlgorithmChanged_NextCallHoldsWhatWasLeft(string before, string after)
    {
        await Cluster.UseAsync(RuleOf(before));
        await Cluster.Throttle.AcquireAsync([("user", "1")], 7);

        await Cluster.Rules.ReplaceAsync([RuleOf(after)]);

        Assert.Equal(2, (await Cluster.Throttle.AcquireAsync([("user", "1")])).Remaining);
        Assert.Equal(9, (await Cluster.Throttle.AcquireAsync([("user", "2")])).Remaining);
    }

    [Fact]
    public async Task Rules_AlgorithmChangedForthAndBack_NeverRefills()
    {
        await Cluster.UseAsync(RuleOf("token-bucket"));
        var admitted = 0;
        foreach (var algorithm in new[] { "sliding-log", "token-bucket", "fixed-window", "gcra", "leaky-bucket", "token-bucket" })
        {
            admitted += (await Cluster.Throttle.AcquireAsync([("user", "1")], 3)).IsAllowed ? 3 : 0;
            await Cluster.Rules.ReplaceAsync([RuleOf(algorithm)]);
        }

        Assert.Equal(9, admitted);
        Assert.Equal(1, (await Cluster.Throttle.PeekAsync(new([("user", "1")], 0))).Remaining);
    }

    [Fact]
    public async Task Rules_RemovedAndBack_StopAndGoOnLimiting()
    {
        await Cluster.UseAsync(Small);
        await Cluster.Throttle.AcquireAsync([("user", "1")], 10);

        await Cluster.Rules.ReplaceAsync([]);
        Assert.Null((await Cluster.Throttle.AcquireAsync([("user", "1")])).Rule);
        await Cluster.Rules.ReplaceAsync([Small]);

        var decision = await Cluster.Throttle.AcquireAsync([("user", "1")], 10);
        Assert.Equal("a", decision.Rule!.Id);
    }

    public static TheoryData<string, string> PairsOfAlgorithms()
    {
        string[] algorithms = ["token-bucket", "leaky-bucket", "fixed-window", "sliding-window", "sliding-log"];
        var pairs = new TheoryData<string, string>();
        foreach (var (before, after) in algorithms.SelectMany(b => algorithms.Where(a => a != b).Select(a => (b, a))))
        {
            pairs.Add(before, after);
        }

        return pairs;
    }

    private static Rule RuleOf(string algorithm) => algorithm switch
    {
        "token-bucket" => Small,
        "gcra" => LimitBy.Gcra("a", "1/m", 10, "user"),
        "leaky-bucket" => LimitBy.LeakyBucket("a", 10, "1/m", "user"),
        "fixed-window" => LimitBy.FixedWindow("a", 10, "10m", "user"),
        "sliding-window" => LimitBy.SlidingWindow("a", 10, "10m", "user"),
        _ => LimitBy.SlidingLog("a", 10, "10m", "user"),
    };
}
