using System.Xml.Linq;
using Throttle.Core;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core;

/// <summary>Dependencies point inward.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Core_ReferencesNothingButDotNet() =>
        Assert.All(
            typeof(IThrottle).Assembly.GetReferencedAssemblies(),
            reference => Assert.Matches("^(System|Microsoft.Win32|netstandard)", reference.Name));

    /// <summary>These projects reference neither Orleans nor anything further out than themselves.</summary>
    [Theory]
    [InlineData("Core", "")]
    [InlineData("AspNetCore", "Core")]
    [InlineData("Api", "AspNetCore Core")]
    [InlineData("Cli", "Api Core")]
    public void Project_ReferencesOnlyInward(string folder, string projects)
    {
        var file = Assert.Single(Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj"));
        var references = XDocument.Load(file).Descendants("ProjectReference").Select(r => r.Attribute("Include")!.Value.Split('/')[1]);
        Assert.Equal(projects.Split(' ', StringSplitOptions.RemoveEmptyEntries), references);
        Assert.DoesNotContain("Orleans", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void AspNetCore_UsesNoPackage() => Assert.Empty(
        XDocument.Load(Path.Combine(Repository.Root, "AspNetCore", "Throttle.AspNetCore.csproj")).Descendants("PackageReference"));

    [Fact]
    public void Limiters_KnowNoClockNoEngineAndNoRules()
    {
        var folder = Path.Combine(Repository.Root, "Core", "Limiters");
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            Assert.DoesNotContain("TimeProvider", text, StringComparison.Ordinal);
            Assert.DoesNotContain("using Throttle.Core.Rules", text, StringComparison.Ordinal);
            Assert.DoesNotContain("using Throttle.Core.Engine", text, StringComparison.Ordinal);
            Assert.DoesNotContain("using Throttle.Core.Local", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\b(double|float)\b", text);
        }
    }
}
