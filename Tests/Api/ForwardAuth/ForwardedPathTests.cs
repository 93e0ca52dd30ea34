using Throttle.Api.ForwardAuth;

namespace Throttle.Tests.Api.ForwardAuth;

/// <summary>However a client writes a path, the rules see the same one.</summary>
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
    [InlineData("/\\api\\x", "/api/x")]
    [InlineData("/../../api/x", "/api/x")]
    [InlineData("/%2561pi", "/%61pi")]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("/caf%C3%A9", "/café")]
    [InlineData("/a b", "/a b")]
    [InlineData("https://shop.example/api/x?y", "/api/x")]
    [InlineData("api/x", "/api/x")]
    [InlineData("*", "/*")]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    public void Path_HoweverItIsWritten_IsOne(string uri, string path) => Assert.Equal(path, ForwardedPath.Of(uri));

    [Fact]
    public void Path_OfAnythingAnybodySends_IsThere()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        const string Letters = "/\\.%2e2f5cEF?#:@[]ab \t\u0001é\uD800";
        for (var i = 0; i < 200_000; i++)
        {
            var uri = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => Letters[random.Next(Letters.Length)])]);
            Assert.NotNull(ForwardedPath.Of(uri));
        }
    }
}
