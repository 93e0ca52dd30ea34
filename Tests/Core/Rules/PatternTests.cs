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
    [InlineData("*.js", ".js", true)]
    [InlineData("*.js", "a.jsx", false)]
    [InlineData("a*a", "a", false)]
    [InlineData("a*a", "aa", true)]
    [InlineData("a*ab*b", "aab", false)]
    [InlineData("a*ab*b", "aabb", true)]
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
    [InlineData("10.0.0.0/08", "the prefix length is 08; use 0 to 32")]
    [InlineData("10.0.0.0/255.0.0.0", "'255.0.0.0' is a netmask; write the prefix length: 10.0.0.0/8")]
    [InlineData("abc\\", "backslash")]
    [InlineData("!acme", "a pattern cannot say \"not\"; for the text itself write '\\!acme' in single quotes")]
    [InlineData("!", "'\\!'")]
    [InlineData("~^/api", "is no regular expression")]
    [InlineData("^/api/.*", "is no regular expression")]
    [InlineData("/^\\/api/", "is no regular expression")]
    [InlineData("/api.*$/", "is no regular expression")]
    [InlineData(">5", "cannot compare numbers; for the text itself write '\\>5'")]
    [InlineData(">= 5", "cannot compare numbers")]
    [InlineData("<-1", "cannot compare numbers")]
    [InlineData("GET,POST", "write the list [GET, POST], or 'GET\\,POST' for the text itself")]
    [InlineData("GET, POST", "write the list [GET, POST]")]
    [InlineData("/a, /b/*", "write the list [/a, /b/*]")]
    public void Check_Faulty_SaysWhy(string pattern, string reason) =>
        Assert.Contains(reason, Pattern.Check(pattern), StringComparison.Ordinal);

    [Theory]
    [InlineData("10.0.0.0/255.255.254.0", "write the prefix length: 10.0.0.0/23")]
    [InlineData("10.1.2.3/255.0.0.0", "write the prefix length: 10.0.0.0/8")]
    [InlineData("10.0.0.0/0.255.255.255", "'0.255.255.255' is a wildcard mask; write the prefix length: 10.0.0.0/8")]
    [InlineData("0.0.0.0/0.0.0.0", "write the prefix length: 0.0.0.0/0")]
    [InlineData("10.0.0.1/255.255.255.255", "write the prefix length: 10.0.0.1/32")]
    [InlineData("10.0.0.0/255.0.255.0", "'255.0.255.0' is no netmask, since its ones do not stand together; use a prefix length from 0 to 32")]
    [InlineData("2001:db8::/ffff:ffff::", "'ffff:ffff::' is a netmask; write the prefix length: 2001:db8::/32")]
    [InlineData("fd00::/255.0.0.0", "the prefix length is 255.0.0.0; use 0 to 128")]
    [InlineData("10/8", "'10' is not an address")]
    [InlineData("10.0.0.0/", "the prefix length is ; use 0 to 32")]
    [InlineData("10.0.0.0/+8", "the prefix length is +8; use 0 to 32")]
    [InlineData("10.0.0.0/8/8", "'10.0.0.0/8' is not an address")]
    [InlineData("/8", "'' is not an address")]
    [InlineData("office/8", "'office' is not an address")]
    [InlineData("fe80::%eth0/10", "'fe80::%eth0' is not an address")]
    [InlineData("10.0.*.0/24", "a star cannot stand in a block")]
    [InlineData("2001:db8:*", "use a block such as 2001:db8::/32")]
    [InlineData("10.0.0.1-10.0.0.9", "write [10.0.0.1/32, 10.0.0.2/31, 10.0.0.4/30, 10.0.0.8/31]")]
    [InlineData("10.0.0.0 - 10.0.0.255", "write 10.0.0.0/24")]
    [InlineData("10.0.0.8-15", "write 10.0.0.8/29")]
    [InlineData("0.0.0.0-255.255.255.255", "write 0.0.0.0/0")]
    [InlineData("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "write ::/0")]
    [InlineData("10.0.0.1-10.255.255.254", "a range of addresses cannot be given; use blocks such as 10.0.0.0/29")]
    [InlineData("10.0.0.9-10.0.0.1", "a range of addresses cannot be given; use blocks such as 10.0.0.0/29")]
    [InlineData("10.0.0.1-::1", "a range of addresses cannot be given; use blocks")]
    [InlineData("010.0.0.1", "leading zeros, which some readers take for octal; write 10.0.0.1")]
    [InlineData("10.0.0.1:80", "the address has a port or brackets; write 10.0.0.1")]
    [InlineData("[2001:DB8::1]", "the address has a port or brackets; write 2001:db8::1")]
    [InlineData("[::1]:80", "the address has a port or brackets; write ::1")]
    [InlineData("[::1", "it is no address")]
    [InlineData("fe80::1%eth0", "the address has a zone, which is not compared; write fe80::1")]
    [InlineData("10.0.0.300", "it is no address; use four numbers from 0 to 255")]
    [InlineData("10.0.0", "it is no address")]
    [InlineData("0x7f.1", "it is no address")]
    [InlineData("::g", "it is no address")]
    [InlineData("10.0.0.1, 10.0.0.2", "write the list [10.0.0.1, 10.0.0.2]")]
    public void Check_FaultyForAddresses_SaysWhatToWrite(string pattern, string reason) =>
        Assert.Contains(reason, Pattern.Check(pattern, isAddress: true), StringComparison.Ordinal);

    [Theory]
    [InlineData("*")]
    [InlineData("10.0.*")]
    [InlineData("10.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.0/104")]
    [InlineData("unknown")]
    [InlineData("10.0.0.0\\/255.0.0.0")]
    public void Check_GoodForAddresses_IsNoFault(string pattern) => Assert.Null(Pattern.Check(pattern, isAddress: true));

    [Theory]
    [InlineData("/api/")]
    [InlineData("/points/1,2")]
    [InlineData("Mozilla/5.0 (KHTML, like Gecko)")]
    [InlineData("a!")]
    [InlineData("<none>")]
    [InlineData("\\!acme")]
    [InlineData("a\\,b")]
    [InlineData("auth0|12")]
    public void Check_TextThatOnlyRemindsOfAnotherLanguage_IsNoFault(string pattern) => Assert.Null(Pattern.Check(pattern));

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
