using System.Net;
using Microsoft.AspNetCore.Http;
using Throttle.AspNetCore.Requests;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>Who the client is by <c>Forwarded</c> (RFC 7239), and what is not believed.</summary>
public sealed class ForwardedTests
{
    [Theory]
    // The forms of the RFC.
    [InlineData("for=203.0.113.9", "203.0.113.9")]
    [InlineData("For=\"203.0.113.9:4711\"", "203.0.113.9")]
    [InlineData("for=\"[2001:db8::1]:4711\"", "2001:db8::1")]
    [InlineData("for=\"[2001:DB8:0::1]\"", "2001:db8::1")]
    [InlineData("for=\"203.0.113.9:_port\"", "203.0.113.9")]
    [InlineData("by=203.0.113.43;FOR=203.0.113.9;proto=http;host=example.com", "203.0.113.9")]
    [InlineData("secret=\"a, for=1.1.1.1\";for=203.0.113.9", "203.0.113.9")]
    [InlineData("for=203.0.113.9;secret=\"a\\\", for=1.1.1.1\"", "203.0.113.9")]
    [InlineData("for=203.0.113.9;secret=\"\\\\\"", "203.0.113.9")]
    [InlineData("for=\"2\\03.0.113.9\"", "203.0.113.9")]
    [InlineData("for=\"::ffff:203.0.113.9\"", "10.0.0.1")]
    [InlineData("for=\"[::ffff:203.0.113.9]\"", "203.0.113.9")]
    // Blanks, empty pairs, and values that lack their quotes.
    [InlineData(" for=203.0.113.9 ; proto=http ", "203.0.113.9")]
    [InlineData(";;for=203.0.113.9;", "203.0.113.9")]
    [InlineData("for=203.0.113.9:4711", "203.0.113.9")]
    [InlineData("for=[2001:db8::1]:4711;host=example.com:80", "2001:db8::1")]
    // Several elements: from the end, as far as proxies are trusted.
    [InlineData("for=1.1.1.1, for=203.0.113.9", "203.0.113.9")]
    [InlineData("for=1.1.1.1,for=203.0.113.9;proto=http,\tfor=10.0.0.2", "203.0.113.9")]
    [InlineData("for=1.1.1.1|for=203.0.113.9, for=10.0.0.3|for=10.0.0.2", "203.0.113.9")]
    [InlineData("for=10.0.0.3, for=10.0.0.2", "10.0.0.3")]
    // Who is hidden or unknown is the proxy that says so.
    [InlineData("for=203.0.113.9, for=_hidden", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=\"_SEVKISEK\", for=10.0.0.2", "10.0.0.2")]
    [InlineData("for=203.0.113.9, for=unknown", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=\"unknown:80\"", "10.0.0.1")]
    [InlineData("for=203.0.113.9, proto=https", "10.0.0.1")]
    [InlineData("for=203.0.113.9, , for=10.0.0.2", "10.0.0.2")]
    [InlineData("for=203.0.113.9,", "10.0.0.1")]
    [InlineData("", "10.0.0.1")]
    // Malformed elements say nothing, and nothing before them counts.
    [InlineData("for=203.0.113.9, 192.0.2.1", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=\"\"", "10.0.0.1")]
    [InlineData("for=203.0.113.9, =192.0.2.1", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for =192.0.2.1", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for= 192.0.2.1", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=192.0.2.1;for=192.0.2.2", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=192.0.2.1 proto=http", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=192.0.2.1;proto=\"http", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=192.0.2.1;proto=http\"", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=\"192.0.2.1\"x", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=192.0.2.1;proto={http}", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=\"192.0.2.1\\\"", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=\"2001:db8::1:4711\"", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=\"[2001:db8::1\"", "10.0.0.1")]
    [InlineData("for=203.0.113.9, for=010.0.0.7", "10.0.0.1")]
    // What a client leaves open or escapes hides nothing of what its proxy writes behind it.
    [InlineData("for=\"1.1.1.1, for=203.0.113.9", "203.0.113.9")]
    [InlineData("for=\"1.1.1.1|for=203.0.113.9", "203.0.113.9")]
    [InlineData("for=\"1.1.1.1\\, for=203.0.113.9", "203.0.113.9")]
    [InlineData("for=\"1.1.1.1, for=\"[2001:db8::1]:4711\"", "2001:db8::1")]
    [InlineData("for=\"1.1.1.1, for=203.0.113.9, for=\"10.0.0.2\"", "203.0.113.9")]
    public void Client_BehindTrustedProxies_IsWhomTheyName(string lines, string client) => Assert.Equal(
        client,
        TrustedProxies.Parse("10.0.0.0/8").ClientOf(IPAddress.Parse("10.0.0.1"), Headers(("Forwarded", lines))).ToString());

    [Theory]
    [InlineData("none", "203.0.113.9", "203.0.113.9")]
    [InlineData("10.0.0.0/8", "203.0.113.9", "203.0.113.9")]
    [InlineData("203.0.113.0/24", "203.0.113.9", "1.2.3.4")]
    public void Client_ThatIsNoProxy_NamesNobody(string networks, string connected, string client) =>
        Assert.Equal(client, TrustedProxies.Parse(networks).ClientOf(IPAddress.Parse(connected), Headers(("Forwarded", "for=1.2.3.4"))).ToString());

    [Theory]
    [InlineData(0, "198.51.100.1")]
    [InlineData(1, "203.0.113.9")]
    [InlineData(2, "1.1.1.1")]
    public void Client_BehindACount_IsThatManyFromTheEnd(int count, string client) => Assert.Equal(
        client,
        new TrustedProxies(count).ClientOf(IPAddress.Parse("198.51.100.1"), Headers(("Forwarded", "for=2.2.2.2, for=1.1.1.1, for=203.0.113.9"))).ToString());

    [Theory]
    [InlineData(ProxyFields.Any, "X-Forwarded-For", "203.0.113.1", "203.0.113.1")]
    // Somebody wrote X-Forwarded-…, so that Forwarded is not that proxy's.
    [InlineData(ProxyFields.Any, "X-Forwarded-Host", "example.com", "10.0.0.1")]
    [InlineData(ProxyFields.Any, "X-Forwarded-Proto", "https", "10.0.0.1")]
    [InlineData(ProxyFields.Any, "X-Forwarded-For", "", "10.0.0.1")]
    [InlineData(ProxyFields.Any, "X-Other", "", "203.0.113.2")]
    [InlineData(ProxyFields.XForwarded, "X-Forwarded-For", "203.0.113.1", "203.0.113.1")]
    [InlineData(ProxyFields.XForwarded, "X-Other", "", "10.0.0.1")]
    [InlineData(ProxyFields.Forwarded, "X-Forwarded-For", "203.0.113.1", "203.0.113.2")]
    public void Client_WhereBothFieldsAreThere_IsOfTheOneThatCounts(ProxyFields fields, string name, string value, string client) => Assert.Equal(
        client,
        TrustedProxies.Parse("10.0.0.0/8").ClientOf(IPAddress.Parse("10.0.0.1"), Headers((name, value), ("Forwarded", "for=203.0.113.2")), fields).ToString());

    /// <summary>Header fields; lines of one field stand apart by a bar.</summary>
    private static HeaderDictionary Headers(params (string Name, string Lines)[] fields)
    {
        var headers = new HeaderDictionary();
        foreach (var (name, lines) in fields)
        {
            // As a server does, and unlike the property, which drops empty fields.
            headers.Add(name, lines.Split('|'));
        }

        return headers;
    }
}
