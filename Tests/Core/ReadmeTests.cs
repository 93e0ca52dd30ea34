using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core;

/// <summary>What the README shows is what compiles and runs.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task Example_IsTheOneThatCompiles_AndRuns()
    {
        await Readme.IsCompiledAsync(0, "Tests/Core/ReadmeExample.cs");
        await ReadmeExample.RunAsync();
    }
}
