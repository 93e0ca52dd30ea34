using Throttle.Api.RuleFiles;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Api.RuleFiles;

public sealed class SampleRulesTests
{
    [Fact]
    public void Text_PlainRequest_MatchesPerClientAsTheTightestRule()
    {
        var set = new RuleSet(RuleFileReader.Read(SampleRules.Text));

        var matched = set.Explain([("user", "42"), ("path", "/api/x")]).Where(rule => rule.Matches).ToList();

        Assert.Equal(["per-client", "daily-per-user"], matched.Select(rule => rule.Rule.Id));
        Assert.All(matched, rule => Assert.Equal("42", rule.Key));
        Assert.Equal(new TokenBucketSpec(20, new Rate(10, TimeSpan.TicksPerSecond)), matched[0].Rule.Limit);
        Assert.Equal(10_000, Assert.IsType<FixedWindowSpec>(matched[1].Rule.Limit).Limit);
    }

    [Theory]
    [InlineData("login", "path", "/login", "method", "POST", "ip", "203.0.113.9")]
    [InlineData("reports", "path", "/reports/2026", "user", "42", "x", "")]
    [InlineData("notifications", "path", "/notify", "user", "42", "x", "")]
    [InlineData("mail", "path", "/mail", "user", "42", "x", "")]
    [InlineData("download-bytes", "path", "/demo/stream", "user", "42", "x", "")]
    [InlineData("bytes-inside", "ip", "10.1.2.3", "user", "42", "bytes", "900")]
    [InlineData("per-ip", "ip", "10.1.2.3", "x", "", "y", "")]
    public void Text_EachRule_IsReachable(string id, string name1, string value1, string name2, string value2, string name3, string value3)
    {
        var set = new RuleSet(RuleFileReader.Read(SampleRules.Text));

        var matched = set.Explain([(name1, value1), (name2, value2), (name3, value3)]).Where(rule => rule.Matches);

        Assert.Contains(id, matched.Select(rule => rule.Rule.Id));
    }
}
