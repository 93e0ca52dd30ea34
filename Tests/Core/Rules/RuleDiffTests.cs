using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Rules;

public sealed class RuleDiffTests
{
    private static readonly Rate TenPerSecond = new(10, TimeSpan.TicksPerSecond);

    [Fact]
    public void Between_SameRules_IsEmpty() =>
        Assert.True(RuleDiff.Between([SomeRules.Rule("a")], [SomeRules.Rule("a")]).IsEmpty);

    [Fact]
    public void Between_AddedRemovedReordered_SaysSo()
    {
        var diff = RuleDiff.Between(
            [SomeRules.Rule("a"), SomeRules.Rule("b"), SomeRules.Rule("c")],
            [SomeRules.Rule("d"), SomeRules.Rule("c"), SomeRules.Rule("a")]);

        Assert.Equal(["d"], diff.Added.Select(rule => rule.Id));
        Assert.Equal(["b"], diff.Removed.Select(rule => rule.Id));
        Assert.Empty(diff.Changed);
        Assert.True(diff.IsReordered);
        Assert.False(diff.IsEmpty);
    }

    [Fact]
    public void Between_ChangedFields_AreNamedWithOldAndNew()
    {
        var before = SomeRules.Rule("a", new Condition("path", "/x")) with { Limit = new TokenBucketSpec(20, TenPerSecond), Key = ["user"] };
        var after = SomeRules.Rule("a", new Condition("path", ["/x", "/y"]), new Condition("ip", "::/0")) with
        {
            Limit = new SpacingSpec(TimeSpan.TicksPerSecond, 5),
            Cost = new Cost(0, "bytes"),
            Mode = RuleMode.Shadow,
            Key = ["user"],
            Durability = Durability.Persisted,
            Replicate = true,
        };

        var change = Assert.Single(RuleDiff.Between([before], [after]).Changed);

        Assert.Equal("a", change.Id);
        Assert.Equal(
            [
                "match.path: /x → [/x, /y]",
                "match.ip: (none) → ::/0",
                "match (order): (none) → path, ip",
                "limit.algorithm: token-bucket → spacing",
                "limit.interval: (none) → 1s",
                "limit.reservations: (none) → 5",
                "cost: 1 → bytes",
                "mode: enforce → shadow",
                "durability: auto → persisted",
                "replicate: false → true",
                "limit.capacity: 20 → (none)",
                "limit.refill: 10/s → (none)",
                "limit.debt: 0 → (none)",
            ],
            change.Fields.Select(field => field.ToString()));
    }
}
