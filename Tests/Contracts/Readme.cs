using System.Text.RegularExpressions;

namespace Throttle.Tests.Contracts;

/// <summary>What the README shows is what compiles.</summary>
internal static partial class Readme
{
    /// <summary>Fails unless every line of one of the README's C# examples stands in a source file of the tests.</summary>
    /// <param name="example">Which example, counted from 0.</param>
    /// <param name="source">The source file, from the folder of the solution.</param>
    public static async Task IsCompiledAsync(int example, string source)
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var compiled = Lines(await File.ReadAllTextAsync(Path.Combine(Repository.Root, source))).ToHashSet(StringComparer.Ordinal);
        var blocks = CSharpBlock().Matches(readme);
        Assert.Equal(4, blocks.Count);
        Assert.All(Lines(blocks[example].Groups[1].Value), line => Assert.Contains(line, compiled));
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0);

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
