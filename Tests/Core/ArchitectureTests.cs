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

    [Fact]
    public void Limiters_KnowNoClockNoEngineAndNoRules()
    {
        var folder = Path.Combine(Repository.Root, "Core", "Limiters");
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs"))
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
