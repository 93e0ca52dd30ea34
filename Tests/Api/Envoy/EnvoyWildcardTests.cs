using System.Text.RegularExpressions;
using Throttle.Api.Envoy;

namespace Throttle.Tests.Api.Envoy;

/// <summary>Wildcards against a regular expression, and against every short text.</summary>
public sealed class EnvoyWildcardTests
{
    private static readonly string[] Patterns = [.. Texts("ab*", 4)];
    private static readonly string[] Values = [.. Texts("ab", 6)];

    [Fact]
    public void IsMatch_EveryShortPatternAndText_IsWhatARegularExpressionSays()
    {
        foreach (var pattern in Patterns)
        {
            var (wildcard, regex) = (new EnvoyWildcard(pattern), RegexOf(pattern));
            foreach (var value in Values)
            {
                Assert.True(wildcard.IsMatch(value) == regex.IsMatch(value), $"'{pattern}' and '{value}'");
            }
        }
    }

    [Fact]
    public void Intersect_EveryPairOfShortPatterns_IsWhetherSomeTextMatchesBoth()
    {
        // Of two patterns of three characters, four characters at most make a text that matches both.
        var patterns = Texts("ab*", 3).Select(pattern => (pattern, Matches: Values.Where(value => RegexOf(pattern).IsMatch(value)).ToHashSet(StringComparer.Ordinal))).ToArray();
        foreach (var (first, firsts) in patterns)
        {
            foreach (var (second, seconds) in patterns)
            {
                Assert.True(EnvoyWildcard.Intersect(first, second) == firsts.Overlaps(seconds), $"'{first}' and '{second}'");
            }
        }
    }

    private static Regex RegexOf(string pattern) =>
        new($"^{pattern.Replace("*", ".*", StringComparison.Ordinal)}\\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));

    private static IEnumerable<string> Texts(string alphabet, int length) =>
        length == 0 ? [""] : Texts(alphabet, length - 1).SelectMany(text => text.Length == length - 1 ? [text, .. alphabet.Select(c => text + c)] : (string[])[text]);
}
