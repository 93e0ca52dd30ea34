using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Throttle.AspNetCore.Requests;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>Who the client is, and whom nobody believes.</summary>
public sealed class TrustedProxiesTests
{
    [Theory]
    // Nobody is trusted: the header says nothing.
    [InlineData("none", "203.0.113.9", "1.2.3.4", "203.0.113.9")]
    // A client that writes the header itself stays who it is; its proxy writes behind it.
    [InlineData("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9")]
    // Somebody from elsewhere is no proxy, whatever it sends.
    [InlineData("10.0.0.0/8", "203.0.113.9", "1.1.1.1", "203.0.113.9")]
    // Only proxies: the first of them is the client.
    [InlineData("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1")]
    // What is no address ends the reading; so does an empty entry.
    [InlineData("10.0.0.0/8", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "203.0.113.9, , 10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "010.0.0.7", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "7", "10.0.0.1")]
    // Ports, brackets, zones, IPv4 written as IPv6.
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", "203.0.113.9:4711", "203.0.113.9")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "[2001:db8::1", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "[2001:db8::1]x", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "2001:db8::1", "2001:db8::1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("fd00::/8", "fd00::1", "fe80::1%eth0", "fe80::1")]
    [InlineData("192.0.2.7", "192.0.2.7", "203.0.113.9", "203.0.113.9")]
    [InlineData("192.0.2.7", "192.0.2.8", "203.0.113.9", "192.0.2.8")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7", "203.0.113.9", "203.0.113.9")]
    public void Client_BehindNetworks_IsWhomTrustedProxiesName(string networks, string connected, string forwardedFor, string client) =>
        Assert.Equal(client, TrustedProxies.Parse(networks.Split(' ')).ClientOf(IPAddress.Parse(connected), XForwardedFor(forwardedFor)).ToString());

    [Theory]
    [InlineData(0, "1.1.1.1, 203.0.113.9", "198.51.100.1")]
    [InlineData(1, "1.1.1.1, 203.0.113.9", "203.0.113.9")]
    [InlineData(2, "1.1.1.1, 203.0.113.9, 198.51.100.2", "203.0.113.9")]
    [InlineData(2, "203.0.113.9", "203.0.113.9")]
    public void Client_BehindACount_IsThatManyFromTheEnd(int count, string forwardedFor, string client) =>
        Assert.Equal(client, new TrustedProxies(count).ClientOf(IPAddress.Parse("198.51.100.1"), XForwardedFor(forwardedFor)).ToString());

    [Fact]
    public void Client_BehindACountOfNetworks_NeedsBoth()
    {
        var proxies = new TrustedProxies(1, IPNetwork.Parse("10.0.0.0/8"));

        Assert.Equal("10.0.0.9", proxies.ClientOf(IPAddress.Parse("10.0.0.1"), XForwardedFor("203.0.113.9, 10.0.0.9")).ToString());
        Assert.Equal("192.0.2.1", proxies.ClientOf(IPAddress.Parse("192.0.2.1"), XForwardedFor("203.0.113.9")).ToString());
    }

    [Fact]
    public void Client_SeveralHeaderLines_AreOneList() => Assert.Equal(
        "203.0.113.9",
        TrustedProxies.Parse("10.0.0.0/8").ClientOf(IPAddress.Parse("10.0.0.1"), XForwardedFor(new(["1.1.1.1, 203.0.113.9", "10.0.0.3,10.0.0.2"]))).ToString());

    [Fact]
    public void Connection_WithoutAnAddress_IsThisMachine()
    {
        Assert.True(TrustedProxies.Loopback.IsTrusted(null));
        Assert.False(TrustedProxies.None.IsTrusted(null));
        Assert.Equal("127.0.0.1", TrustedProxies.None.ClientOf(null, XForwardedFor("1.1.1.1")).ToString());
    }

    [Fact]
    public void Client_OfAnythingAnybodySends_IsFoundAndNeverBeyondTrust()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        var proxies = TrustedProxies.Parse("10.0.0.0/8", "::1");
        const string Letters = "0123456789abcdef.:,[]%/ \tunknown_\"\\;=fr";
        for (var i = 0; i < 200_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => Letters[random.Next(Letters.Length)])]);
            var field = random.Next(2) == 0 ? "Forwarded" : "X-Forwarded-For";
            var headers = new HeaderDictionary { [field] = text };
            Assert.True(
                proxies.ClientOf(IPAddress.Parse("203.0.113.9"), headers).ToString() == "203.0.113.9", $"seed {Seed}, {field}: '{text}'");
            Assert.NotNull(proxies.ClientOf(IPAddress.Loopback, headers));
            Assert.NotNull(proxies.ClientOf(IPAddress.Parse("10.0.0.1"), headers));

            // Whatever a client sends, its proxy writes behind it.
            headers[field] = field == "Forwarded" ? $"{text}, for=203.0.113.9;proto=http" : $"{text}, 203.0.113.9";
            Assert.True(
                proxies.ClientOf(IPAddress.Parse("10.0.0.1"), headers).ToString() == "203.0.113.9", $"seed {Seed}, {field}: '{text}', behind a proxy");
        }
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("proxy.example.com")]
    [InlineData("010.0.0.1")]
    [InlineData("none 10.0.0.1")]
    [InlineData("")]
    public void Parse_SomethingElse_NamesIt(string networks)
    {
        var error = Assert.Throws<FormatException>(() => TrustedProxies.Parse(networks.Split(' ')));

        Assert.Contains($"'{networks.Split(' ')[0]}' is no trusted proxy; use", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(101)]
    public void Count_OutOfRange_SaysTheRange(int count) =>
        Assert.Contains($"count is {count}; use 0 to 100.", Assert.Throws<ArgumentOutOfRangeException>(() => new TrustedProxies(count)).Message, StringComparison.Ordinal);

    private static HeaderDictionary XForwardedFor(StringValues values) => new() { ["X-Forwarded-For"] = values };
}
