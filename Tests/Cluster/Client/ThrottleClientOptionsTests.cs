using Throttle.Client;

namespace Throttle.Tests.Cluster.Client;

public sealed class ThrottleClientOptionsTests
{
    public static TheoryData<ThrottleClientOptions, string?> Bounds => new()
    {
        { new(), null },
        { new() { Timeout = TimeSpan.FromMilliseconds(10) }, null },
        { new() { Timeout = TimeSpan.FromMilliseconds(10) - TimeSpan.FromTicks(1) }, "Timeout is 00:00:00.0099999" },
        { new() { Timeout = TimeSpan.FromMinutes(1) }, null },
        { new() { Timeout = TimeSpan.FromMinutes(1) + TimeSpan.FromTicks(1) }, "Timeout is 00:01:00.0000001" },
        { new() { MaxCachedGrains = 2 }, null },
        { new() { MaxCachedGrains = 1 }, "MaxCachedGrains is 1; use 2 to 100000000." },
        { new() { MaxCachedGrains = 100_000_000 }, null },
        { new() { MaxCachedGrains = 100_000_001 }, "MaxCachedGrains is 100000001" },
        { new() { RulesPollInterval = TimeSpan.FromMilliseconds(10) }, null },
        { new() { RulesPollInterval = TimeSpan.Zero }, "RulesPollInterval is 00:00:00; use 00:00:00.0100000 to 00:01:00." },
        { new() { RulesPollInterval = TimeSpan.FromMinutes(1) + TimeSpan.FromTicks(1) }, "RulesPollInterval is 00:01:00.0000001" },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void Validate_EachBound_IsInclusive(ThrottleClientOptions options, string? fault)
    {
        var result = new ThrottleClientOptionsValidator().Validate(null, options);

        Assert.Equal(fault is null, result.Succeeded);
        Assert.Contains(fault ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_SeveralFaults_NamesAll()
    {
        var result = new ThrottleClientOptionsValidator().Validate(null, new() { MaxCachedGrains = 0, Timeout = TimeSpan.Zero });

        Assert.Equal(2, result.Failures!.Count());
    }
}
