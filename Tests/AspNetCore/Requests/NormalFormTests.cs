using Microsoft.AspNetCore.Http;
using Throttle.AspNetCore.Requests;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>However a client writes a path, the rules see the one that the proxy sees, or none.</summary>
public sealed class NormalFormTests
{
    public static TheoryData<string, string, string> Rows => RequestTable.Rows(seesApplication: false);

    [Theory]
    [MemberData(nameof(Rows))]
    public void Part_HoweverItIsWritten_HasOneFormOrNone(string part, string written, string expected)
    {
        var form = part switch
        {
            "path" => PathOf(written),
            "host" => NormalForm.HostOf(written) ?? "",
            "method" => NormalForm.MethodOf(written),
            _ => TrustedProxies.Loopback.ClientOf(null, new HeaderDictionary { ["X-Forwarded-For"] = written }).ToString(),
        };

        Assert.Equal(expected, form ?? RequestTable.Refused);
    }

    [Theory]
    [InlineData("/a//../x?%2F\\", null)]
    [InlineData("/api/x?%2F\\", "/api/x")]
    [InlineData("/api/x#c", "/api/x")]
    [InlineData("/a///../../api/x", null)]
    [InlineData("/api/..%5cx", null)]
    [InlineData("https://shop.example\\api/x", null)]
    [InlineData("https://shop.example/a//../api/x", null)]
    [InlineData("https://shop.example?/x", "/")]
    [InlineData("/api/.%E2%80%8E./x", "/api/.\u200e./x")]
    [InlineData("/api/.\u200e./x", "/api/.\u200e./x")]
    [InlineData("/a b", "/a b")]
    [InlineData("/a\0b", null)]
    [InlineData("api/x", "/api/x")]
    [InlineData("*", "/*")]
    [InlineData("", "/")]
    public void Path_OfAnAddress_IsOneOrNone(string uri, string? path) => Assert.Equal(path, PathOf(uri));

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
        Assert.Equal(kept, PathOf(uri, EncodedSlash.Keep));
        Assert.Equal(split, PathOf(uri, EncodedSlash.Split));
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
            var path = PathOf(uri, (EncodedSlash)(i % 3));
            Assert.True(path is null || (path.StartsWith('/') && !path.Contains("//", StringComparison.Ordinal)), $"'{uri}' is read as '{path}'.");
        }
    }

    [Fact]
    public void Form_OfAForm_IsItself()
    {
        foreach (var (part, form) in RequestTable.Rows(seesApplication: true).Select(row => ((string)row[0], (string)row[2])).Where(row => row.Item2 != RequestTable.Refused))
        {
            Assert.Equal(form, part switch
            {
                "path" => NormalForm.PathOf(new PathString(form)),
                "host" => NormalForm.HostOf(form) ?? "",
                "method" => NormalForm.MethodOf(form),
                _ => NormalForm.TryAddress(form, out var address) ? address.ToString() : null,
            });
        }
    }

    private static string? PathOf(string written, EncodedSlash encodedSlash = EncodedSlash.Refuse) =>
        NormalForm.TryPath(written, encodedSlash, out var path, out var fault) == fault is null ? path : throw new InvalidOperationException(fault);
}
