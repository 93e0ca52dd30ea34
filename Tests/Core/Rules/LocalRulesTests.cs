using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Rules;

public sealed class LocalRulesTests
{
    [Fact]
    public async Task Replace_ExpectedVersion_IsComparedAndSet()
    {
        var rules = new LocalRules([SomeRules.Rule("a")]);
        Assert.Equal(1, rules.Current.Version);

        var second = await rules.ReplaceAsync([SomeRules.Rule("b")], expectedVersion: 1);
        var conflict = await Assert.ThrowsAsync<RuleVersionConflictException>(
            async () => await rules.ReplaceAsync([SomeRules.Rule("c")], expectedVersion: 1));

        Assert.Equal(2, second.Version);
        Assert.Same(second, rules.Current);
        Assert.Equal((1, 2), (conflict.Expected, conflict.Current));
    }

    [Fact]
    public async Task Replace_FaultyRules_ChangesNothing()
    {
        var rules = new LocalRules([SomeRules.Rule("a")], version: 5);
        rules.Changed += _ => Assert.Fail("Nothing has changed.");

        await Assert.ThrowsAsync<InvalidRulesException>(async () => await rules.ReplaceAsync([SomeRules.Rule("A")]));

        Assert.Equal(5, rules.Current.Version);
        Assert.Equal(0, rules.Current.IndexOf("a"));
    }

    [Fact]
    public async Task Replace_FromManyThreads_AnnouncesEveryVersionInOrder()
    {
        var rules = new LocalRules([]);
        var announced = new List<long>();
        rules.Changed += set => announced.Add(set.Version);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await rules.ReplaceAsync([SomeRules.Rule($"r{t}")]);
            }
        })));

        Assert.Equal(Enumerable.Range(2, 400).Select(i => (long)i), announced);
    }

    [Fact]
    public void Replace_FromHandler_IsAnnouncedAfterwardsToAll()
    {
        var rules = new LocalRules([]);
        var announced = new List<string>();
        rules.Changed += set =>
        {
            announced.Add($"first {set.Version}");
            if (set.Version == 2)
            {
                rules.Replace([], expectedVersion: 2);
            }
        };
        rules.Changed += set => announced.Add($"second {set.Version}");

        rules.Replace([]);

        Assert.Equal(["first 2", "second 2", "first 3", "second 3"], announced);
    }
}
