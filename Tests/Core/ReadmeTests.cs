using Throttle.Core.Local;
using Throttle.Core.Rules;
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

    [Fact]
    public async Task PermitExample_IsTheOneThatCompiles_AndCallsOnce()
    {
        await Readme.IsCompiledAsync(1, "Tests/Core/PermitExample.cs");
        await using var throttle = new LocalThrottle(LimitBy.Spacing("permits", "1h", 0, "api"));
        var example = new PermitExample();

        await example.RunAsync(throttle);
        await example.RunAsync(throttle);

        Assert.Equal(1, example.Calls);
    }
}
