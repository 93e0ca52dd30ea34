using Throttle.Api.ForwardAuth;

namespace Throttle.Tests.Api.ForwardAuth;

/// <summary>However a client writes a path, the rules see the one that the proxy sees, or none.</summary>
public sealed class ForwardedPathTests
{
    [Theory]
    [InlineData("/api/x", "/api/x")]
    [InlineData("/api/x?a=/b#c", "/api/x")]
    [InlineData("/%61pi/x", "/api/x")]
    [InlineData("/a/../api/./x", "/api/x")]
    [InlineData("/a/%2e%2e/api/x", "/api/x")]
    [InlineData("/a/%2E./api/x", "/api/x")]
    [InlineData("//api//x", "/api/x")]
    [InlineData("/../../api/x", "/api/x")]
    [InlineData("/%2561pi", "/%61pi")]
    [InlineData("/a//../x?%2F\\", null)]
    [InlineData("/api/x?%2F\\", "/api/x")]
    [InlineData("/a//../api/x", null)]
    [InlineData("/a//%2e%2e/api/x", null)]
    [InlineData("/a///../../api/x", null)]
    [InlineData("/a/..//api/./x", "/api/x")]
    [InlineData("/a/.//../api/x", null)]
    [InlineData("/api%2Fx", null)]
    [InlineData("/api%2fx", null)]
    [InlineData("/api\\x", null)]
    [InlineData("/api%5Cx", null)]
    [InlineData("/api/..%5cx", null)]
    [InlineData("https://shop.example\\api/x", null)]
    [InlineData("https://shop.example/a//../api/x", null)]
    [InlineData("https://shop.example?/x", "/")]
    [InlineData("/api/.%E2%80%8E./x", "/api/.\u200e./x")]
    [InlineData("/api/.\u200e./x", "/api/.\u200e./x")]
    [InlineData("/caf%C3%A9", "/café")]
    [InlineData("/a b", "/a b")]
    [InlineData("https://shop.example/api/x?y", "/api/x")]
    [InlineData("api/x", "/api/x")]
    [InlineData("*", "/*")]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    public void Path_HoweverItIsWritten_IsOneOrNone(string uri, string? path) => Assert.Equal(path, ForwardedPath.Of(uri));

    [Theory]
    [InlineData("/@scope%2fname", "/@scope%2Fname", "/@scope/name")]
    [InlineData("/api%2F%2Fx", "/api%2F%2Fx", "/api/x")]
    [InlineData("/a%2F../api/x", "/a%2F../api/x", "/api/x")]
    [InlineData("/a/%2F../api", "/a/%2F../api", null)]
    [InlineData("/a%252Fx", "/a%2Fx", "/a%2Fx")]
    [InlineData("/a%2F%5Cx", null, null)]
    [InlineData("https://shop.example/a%2Fx?y", "/a%2Fx", "/a/x")]
    [InlineData("%2Fapi", "/%2Fapi", "/api")]
    [InlineData("http:%2F%2Fx/api", "/http:%2F%2Fx/api", "/http:/x/api")]
    public void Path_WithAnEncodedSlash_IsReadAsTheApplicationDoes(string uri, string? kept, string? split)
    {
        Assert.Equal(kept, ForwardedPath.Of(uri, EncodedSlash.Keep));
        Assert.Equal(split, ForwardedPath.Of(uri, EncodedSlash.Split));
    }

    [Fact]
    public void Path_OfAnythingAnybodySends_IsPlainOrNone()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        const string Letters = "/\\.%2e2f5cEF?#:@[]ab \t\u0001é\uD800";
        for (var i = 0; i < 200_000; i++)
        {
            var uri = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => Letters[random.Next(Letters.Length)])]);
            var path = ForwardedPath.Of(uri, (EncodedSlash)(i % 3));
            Assert.True(path is null || (path.StartsWith('/') && !path.Contains("//", StringComparison.Ordinal)), $"'{uri}' is read as '{path}'.");
        }
    }
}
