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
    [InlineData("!acme", "acme")]
    [InlineData("~x", "x")]
    [InlineData("/^a$/", "a")]
    [InlineData(">5", "6")]
    [InlineData("a,b", "a")]
    [InlineData("/a, /b", "/a")]
    [InlineData("10.0.0.0/255.0.0.0", "10.0.0.1")]
    [InlineData("office/8", "office")]
    [InlineData("/8", "8")]
    [InlineData("10.0.0.1-10.0.0.9", "10.0.0.2")]
    [InlineData("10.0.0.300", "10.0.0.3")]
    [InlineData("[::1]:80", "::1")]
    [InlineData("fe80::1%eth0", "fe80::1%eth1")]
    [InlineData("", "x")]
    public void Exactly_AnyText_MatchesItAndNothingElse(string text, string other)
    {
        var pattern = Condition.Exactly(text);
        if (text.Length > 0)
        {
            Assert.Null(Pattern.Check(pattern));
            Assert.Null(Pattern.Check(pattern, isAddress: true));
        }

        Assert.True(Pattern.Parse(pattern).IsMatch(text), pattern);
        Assert.False(Pattern.Parse(pattern).IsMatch(other), pattern);
    }
}
