using System.Text.RegularExpressions;

namespace Throttle.Tests.Core;

/// <summary>What the README shows is what compiles and runs.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task Example_IsTheOneThatCompiles_AndRuns()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var compiled = Lines(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "Tests", "Core", "ReadmeExample.cs"))).ToHashSet(StringComparer.Ordinal);

        var blocks = CSharpBlock().Matches(readme);

        Assert.Single(blocks);
        Assert.All(Lines(blocks[0].Groups[1].Value), line => Assert.Contains(line, compiled));
        await ReadmeExample.RunAsync();
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0);

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
