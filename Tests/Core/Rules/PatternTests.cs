using Throttle.Core.Rules.Patterns;

namespace Throttle.Tests.Core.Rules;

public sealed class PatternTests
{
    [Theory]
    [InlineData("GET", "GET", true)]
    [InlineData("GET", "get", false)]
    [InlineData("abc*", "abc", true)]
    [InlineData("abc*", "abcd/e", true)]
    [InlineData("abc*", "ab", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "a/b", true)]
    [InlineData("*bot*", "Mozilla/5.0 (a bot; b)", true)]
    [InlineData("*bot*", "Mozilla/5.0", false)]
    [InlineData("*.js", "a/b.js", true)]
    [InlineData("/api/*", "/api/x", true)]
    [InlineData("/api/*", "/api/", true)]
    [InlineData("/api/*", "/api", false)]
    [InlineData("/api/*", "/api/x/y", false)]
    [InlineData("/api/**", "/api/", true)]
    [InlineData("/api/**", "/api/x/y", true)]
    [InlineData("/api/**", "/api", false)]
    [InlineData("/api/**", "/apix", false)]
    [InlineData("/api**", "/apix/y", true)]
    [InlineData("/a/*/b", "/a/x/b", true)]
    [InlineData("/a/*/b", "/a//b", true)]
    [InlineData("/a/*/b", "/a/x/y/b", false)]
    [InlineData("/a/*/b", "/a/b", false)]
    [InlineData("/a/**/b", "/a/b", true)]
    [InlineData("/a/**/b", "/a/x/b", true)]
    [InlineData("/a/**/b", "/a/x/y/b", true)]
    [InlineData("/a/**/b", "/ab", false)]
    [InlineData("/a/**/b", "/a/xb", false)]
    [InlineData("/a/**/b", "/a/x/b/c", false)]
    [InlineData("/a/**/**/b", "/a/b", true)]
    [InlineData("**/b", "b", true)]
    [InlineData("**/b", "a/b", true)]
    [InlineData("**/b", "ab", false)]
    [InlineData("/**/x/**", "/x/", true)]
    [InlineData("/**/x/**", "/a/x/b", true)]
    [InlineData("/**/x/**", "/a/x", false)]
    [InlineData("/v*/items/*", "/v12/items/7", true)]
    [InlineData("/v*/items/*", "/v1/2/items/7", false)]
    [InlineData("/a*a*a*b", "/aaaaaaaab", true)]
    [InlineData("/a*b**c", "/axb/y/c", true)]
    [InlineData("/a*b**c", "/ax/b/y/c", false)]
    [InlineData("a\\*", "a*", true)]
    [InlineData("a\\*", "ab", false)]
    [InlineData("a\\\\*", "a\\b", true)]
    [InlineData("/x\\**", "/x*y", true)]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "10.0.0.0/8", false)]
    [InlineData("10.0.0.0/8", "ten", false)]
    [InlineData("10.0.0.0/8", "", false)]
    [InlineData("10.0.0.0\\/8", "10.0.0.0/8", true)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("1.2.3.4/32", "1.2.3.4", true)]
    [InlineData("1.2.3.4/32", "1.2.3.5", false)]
    [InlineData("::/0", "::1", true)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("::ffff:10.0.0.0/104", "10.9.9.9", true)]
    [InlineData("fd00::/8", "fdff::1%eth0", true)]
    [InlineData("fd00::/8", "fe00::1", false)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    public void IsMatch_Table_Holds(string pattern, string value, bool isMatch)
    {
        Assert.Null(Pattern.Check(pattern));
        Assert.Equal(isMatch, Pattern.Parse(pattern).IsMatch(value));
    }

    [Theory]
    [InlineData("10.0.0.0/33", "use 0 to 32")]
    [InlineData("300.0.0.0/8", "is not an address")]
    [InlineData("10.0.0.1/8", "the block is 10.0.0.0/8")]
    [InlineData("fd00::/129", "use 0 to 128")]
    [InlineData("fd00::1::/64", "is not an address")]
    [InlineData("::ffff:10.0.0.0/8", "use 96 to 128")]
    [InlineData("10.0.0.0/99999999999", "use 0 to 32")]
    [InlineData("abc\\", "backslash")]
    public void Check_Faulty_SaysWhy(string pattern, string reason) =>
        Assert.Contains(reason, Pattern.Check(pattern), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "", 11, 100_000)]
    [InlineData("**", "", 12, 20_000)]
    [InlineData("*", "a", 13, 20_000)]
    public void IsMatch_RandomGlobs_AgreesWithNaiveMatcher(string patternStart, string valueStart, int seed, int runs)
    {
        // With a start, the states of the automaton need more than one word of 64 bits.
        var padding = new string('c', patternStart.Length == 0 ? 0 : 60);
        var random = new Random(seed);
        for (var i = 0; i < runs; i++)
        {
            var pattern = patternStart + padding + Text(random, "ab/**", 9);
            var value = valueStart + padding + Text(random, "ab//", 9);

            Assert.True(
                NaiveGlob.IsMatch(pattern, value) == Pattern.Parse(pattern).IsMatch(value),
                $"'{pattern}' on '{value}' should be {NaiveGlob.IsMatch(pattern, value)}.");
        }
    }

    [Fact]
    public void TryParseAddress_RandomAddresses_AgreesWithTheSystem()
    {
        var random = new Random(12);
        var bytes = new byte[16];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            bytes.AsSpan(random.Next(13), random.Next(4)).Clear();
            bytes.AsSpan(0, random.Next(16)).Clear();
            var address = new System.Net.IPAddress(random.Next(4) == 0 ? bytes[..4] : bytes);
            var isV4 = bytes.Length == 4 || address.GetAddressBytes().Length == 4 || address.IsIPv4MappedToIPv6;

            Assert.True(AddressBlock.TryParseAddress(address.ToString(), out var parsed), address.ToString());
            Assert.Equal(isV4, parsed.IsV4);
            var shown = isV4 ? address.MapToIPv4() : address;
            Assert.Equal($"{shown}/{(isV4 ? 32 : 128)}", parsed.ToString());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData(":::")]
    [InlineData("1::2::3")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("::1.2.3")]
    [InlineData("1.2.3.4::")]
    public void TryParseAddress_NoAddress_IsRefused(string text) => Assert.False(AddressBlock.TryParseAddress(text, out _));

    [Fact]
    public void IsMatch_HostileGlob_TakesFewSteps()
    {
        // A matcher that goes back tries some 2^500 ways here; the test ends only if this one does not.
        var pattern = Pattern.Parse("/" + string.Concat(Enumerable.Repeat("**a*b", 200)) + "c");
        var value = "/" + string.Concat(Enumerable.Repeat("ab", 20_000));

        Assert.False(pattern.IsMatch(value));
        Assert.True(pattern.IsMatch(value + "c"));
    }

    private static string Text(Random random, string alphabet, int maxLength) =>
        string.Create(random.Next(maxLength + 1), (random, alphabet), static (span, state) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = state.alphabet[state.random.Next(state.alphabet.Length)];
            }
        });
}
