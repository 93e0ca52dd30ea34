using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Rules;

/// <summary>Rules that are matched without regard to some spellings.</summary>
public sealed class IgnoredSpellingTests
{
    private const IgnoredSpelling All = IgnoredSpelling.Names | IgnoredSpelling.PathCase | IgnoredSpelling.LastSlash;

    [Theory]
    [InlineData("path", "/Login", "/login", All, true)]
    [InlineData("path", "/login", "/login", All, true)]
    [InlineData("path", "/Login", "/login", IgnoredSpelling.Names, false)]
    [InlineData("path", "/Login", "/login", IgnoredSpelling.LastSlash, false)]
    [InlineData("path", "/Items/**/Edit", "/items/4/edit", All, true)]
    [InlineData("path", "/login/", "/login", All, true)]
    [InlineData("path", "/login/", "/login", IgnoredSpelling.PathCase, false)]
    [InlineData("path", "/api/*", "/api", All, true)]
    [InlineData("path", "/api/*", "/api/x", All, true)]
    [InlineData("path", "/api/*", "/api/x/y", All, false)]
    [InlineData("path", "/api/**", "/api", All, true)]
    [InlineData("path", "/api/**", "/apis", All, false)]
    [InlineData("path", "/api/**/", "/api", All, true)]
    [InlineData("path", "/api/*/", "/api", All, false)]
    [InlineData("path", "/**", "/", All, true)]
    [InlineData("path", "/", "/", All, true)]
    [InlineData("path", "/a\\*", "/a*", All, true)]
    [InlineData("path", "/a\\*", "/ab", All, false)]
    [InlineData("host", "Example.COM", "example.com", All, true)]
    [InlineData("host", "example.com.", "example.com", All, true)]
    [InlineData("host", "*.Example.com.", "a.example.com", All, true)]
    [InlineData("host", "Example.COM", "example.com", IgnoredSpelling.PathCase, false)]
    [InlineData("method", "post", "POST", All, true)]
    [InlineData("method", "post", "POST", IgnoredSpelling.None, false)]
    [InlineData("proto", "HTTPS", "https", All, true)]
    [InlineData("user", "Ada", "ada", All, false)]
    public void Match_IgnoringSpellings_MatchesTheOtherOnes(string attribute, string pattern, string value, IgnoredSpelling ignored, bool isMatch) =>
        Assert.Equal(isMatch, IsMatch(attribute, pattern, value, ignored));

    [Fact]
    public void Match_IgnoringTheLastSlash_IsAMatchWithOrWithoutIt()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (var i = 0; i < 20_000; i++)
        {
            var pattern = "/" + Text(random, "ab/**\\", 8);
            var path = "/" + string.Join('/', Text(random, "ab ", 6).Split(' ', StringSplitOptions.RemoveEmptyEntries));

            // A path in its normal form has no doubled slashes, and the root keeps its slash.
            if (path == "/" || pattern.Contains("//", StringComparison.Ordinal) || RuleValidator.Validate([Rule("path", pattern)]).Count > 0)
            {
                continue;
            }

            var expected = IsMatch("path", pattern, path, IgnoredSpelling.None) || IsMatch("path", pattern, path + "/", IgnoredSpelling.None);
            Assert.True(
                expected == IsMatch("path", pattern, path, IgnoredSpelling.LastSlash), $"seed {Seed}: '{pattern}' and '{path}' should{(expected ? "" : " not")} match.");
        }
    }

    [Fact]
    public void Ignoring_Values_PutsThemIntoOneForm()
    {
        Attributes attributes = [("path", "/Items/Ä/"), ("host", "Example.COM."), ("method", "get"), ("proto", "HTTPS"), ("user", "Ada")];

        Assert.Equal("path=/items/ä host=example.com method=GET proto=https user=Ada", Shown(attributes.Ignoring(All)));
        Assert.Equal("path=/Items/Ä host=Example.COM. method=get proto=HTTPS user=Ada", Shown(attributes.Ignoring(IgnoredSpelling.LastSlash)));
        Assert.Equal("path=/", Shown(new Attributes("path", "/").Ignoring(All)));
        Assert.Equal((All, IgnoredSpelling.None), (attributes.Ignoring(All).Ignores, attributes.Ignores));

        static string Shown(in Attributes attributes) => string.Join(' ', attributes.Select(a => $"{a.Name}={a.Value}"));
    }

    [Fact]
    public void Match_OfManyRules_FindsThemByTheIndexToo()
    {
        var set = new RuleSet(Enumerable.Range(0, 20).Select(i => Rule("path", $"/Path{i}/**") with { Id = $"rule-{i}" }));

        Attributes ignoring = new("path", "/path7");
        Assert.Equal(7, set.MatchOnly(ignoring.Ignoring(All)));
        Assert.Equal(-1, set.MatchOnly(ignoring));
        Assert.Equal("rule-7", Assert.Single(set.Explain(ignoring.Ignoring(All)), explanation => explanation.Matches).Rule.Id);
    }

    [Fact]
    public void Ignoring_OutOfRange_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Attributes("path", "/").Ignoring((IgnoredSpelling)8));

    private static Rule Rule(string attribute, string pattern) =>
        LimitBy.TokenBucket("rule", 1, "1/s") with { Match = [new(attribute, pattern)] };

    private static bool IsMatch(string attribute, string pattern, string value, IgnoredSpelling ignored) =>
        new RuleSet([Rule(attribute, pattern)]).MatchOnly(new Attributes(attribute, value).Ignoring(ignored)) == 0;

    private static string Text(Random random, string letters, int most) =>
        new([.. Enumerable.Range(0, random.Next(most)).Select(_ => letters[random.Next(letters.Length)])]);
}
