using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Throttle.AspNetCore.Streams;
using Throttle.Core;
using Throttle.Core.Streams;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore;

/// <summary>What the README's table of streams says is what compiles.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task Streams_EachLine_Compiles()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        foreach (var (line, _) in Lines([], new MemoryStream(), null!, Pacer.Unlimited, "/"))
        {
            Assert.Contains($"`{line}`", readme, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Middleware_EachLine_StandsInTheSample()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var sample = (await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "samples", "Middleware", "Program.cs"))).ToHashSet(StringComparer.Ordinal);
        var start = readme.IndexOf("```cs\n", StringComparison.Ordinal) + "```cs\n".Length;
        var lines = readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)].Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(9, lines.Length);
        Assert.All(lines, line => Assert.Contains(line, sample));
    }

    [Theory]
    [InlineData("nginx.conf")]
    [InlineData("traefik.yaml")]
    [InlineData("Caddyfile")]
    public async Task ForwardAuth_Configuration_IsTheSamples(string file) => Assert.Contains(
        $"\n{await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "forward-auth", file))}```",
        await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md")),
        StringComparison.Ordinal);

    private static IEnumerable<(string Line, Func<object> Run)> Lines(
        string[] texts, Stream stream, IThrottle throttle, Pacer pacer, string path)
    {
        var items = texts.ToAsyncEnumerable();
        return
        [
            Line(() => items.Throttle(Pacer.Of("100/s"))),
            Line(() => items.Throttle(pacer, item => item.Length)),
            Line(() => stream.Throttle(Pacer.Of("256KiB/s", burst: "1MiB"))),
            Line(() => stream.Throttle(Pacer.Of(throttle, [("path", "/files"), ("user", "42")]))),
            Line(() => Results.File(path).Throttle("256KiB/s", burst: "1MiB")),
            Line(() => Results.File(path).Throttle([("path", "/files"), ("user", "42")])),
        ];
    }

    private static (string Line, Func<object> Run) Line(Func<object> run, [CallerArgumentExpression(nameof(run))] string text = "") =>
        (text["() => ".Length..], run);
}
