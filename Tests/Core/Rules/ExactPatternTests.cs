using Throttle.Core.Rules;
using Throttle.Core.Rules.Patterns;

namespace Throttle.Tests.Core.Rules;

public sealed class ExactPatternTests
{
    [Theory]
    [InlineData("a*b", "axb")]
    [InlineData("**", "x")]
    [InlineData("\\*", "*")]
    [InlineData("\\", "\\\\")]
    [InlineData("10.0.0.0/8", "10.1.2.3")]
    [InlineData("fd00::/8", "fd00::1")]
    [InlineData("/a/**/b", "/a/b")]
    [InlineData("plain", "plain ")]
    public void Exactly_AnyText_MatchesItAndNothingElse(string text, string other)
    {
        var pattern = Condition.Exactly(text);
        Assert.Null(Pattern.Check(pattern));
        Assert.True(Pattern.Parse(pattern).IsMatch(text), pattern);
        Assert.False(Pattern.Parse(pattern).IsMatch(other), pattern);
    }
}
