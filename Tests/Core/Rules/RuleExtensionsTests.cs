using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Rules;

public sealed class RuleExtensionsTests
{
    [Fact]
    public void KeyOf_OneAttribute_IsTheValueItself()
    {
        var value = new string('v', 3);

        Assert.Same(value, (SomeRules.Rule("r") with { Key = ["user"] }).KeyOf([("x", "1"), ("user", value)]));
    }

    [Fact]
    public void KeyOf_SeveralOrNone_IsTheBucketKey()
    {
        Assert.Equal("a\\|b|c", (SomeRules.Rule("r") with { Key = ["y", "x"] }).KeyOf([("x", "c"), ("y", "a|b")]));
        Assert.Equal("", SomeRules.Rule("r").KeyOf([("x", "c")]));
    }

    [Fact]
    public void KeyOf_Missing_NamesTheAttribute() =>
        Assert.Contains(
            "needs the attribute 'user'",
            Assert.Throws<ArgumentException>(() => (SomeRules.Rule("r") with { Key = ["user"] }).KeyOf([])).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(3, 5, 15)]
    [InlineData(0, 5, 0)]
    [InlineData(5, 0, 0)]
    [InlineData(1, Limits.MaxPermits, Limits.MaxPermits)]
    [InlineData(1L << 26, 1L << 27, Limits.MaxPermits)]
    public void CostOf_FixedOrAttribute_IsTheProduct(long price, long units, long cost)
    {
        var text = price.ToString(System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(cost, (SomeRules.Rule("r") with { Cost = new Cost(price) }).CostOf([], units));
        Assert.Equal(cost, (SomeRules.Rule("r") with { Cost = new Cost(0, "bytes") }).CostOf([("bytes", text)], units));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData(" 1")]
    [InlineData("x")]
    [InlineData("9007199254740993")]
    [InlineData("99999999999999999999")]
    public void CostOf_MalformedAttribute_NamesAttributeValueAndRange(string text)
    {
        var rule = SomeRules.Rule("r") with { Cost = new Cost(0, "bytes") };

        var error = Assert.Throws<ArgumentException>(() => rule.CostOf([("bytes", text)], 1));

        Assert.StartsWith(
            $"Rule 'r': the cost attribute 'bytes' is '{text}'; use a whole number from 0 to 9007199254740992.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, Limits.MaxPermits, "the cost is 9007199254740992 times 2, which is 18014398509481984; use 0 to 9007199254740992.")]
    [InlineData(1, -1, "cost is -1; use 0 to 9007199254740992.")]
    [InlineData(1, Limits.MaxPermits + 1, "cost is 9007199254740993; use 0 to 9007199254740992.")]
    public void CostOf_OutOfRange_SaysSo(long price, long units, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<ArgumentException>(() => (SomeRules.Rule("r") with { Cost = new Cost(price) }).CostOf([], units)).Message,
            StringComparison.Ordinal);
}
