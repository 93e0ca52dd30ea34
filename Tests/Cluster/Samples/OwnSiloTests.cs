using System.Globalization;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Samples;

/// <summary>The sample of an application that is a silo of its own, as a newcomer runs it.</summary>
public sealed class OwnSiloTests
{
    [Fact]
    public async Task OwnSilo_HasItsFirstRules_AndDoesItsWork()
    {
        await using var sample = await SampleProcess.StartAsync(
            "OwnSilo",
            "--silo-port", FreePorts.Take().ToString(CultureInfo.InvariantCulture),
            "--gateway-port", FreePorts.Take().ToString(CultureInfo.InvariantCulture));

        Assert.Equal(
            "per-user: token-bucket: capacity 10, refill 5/s\nmail: queue: capacity 100, drain 1/s\n", await sample.Client.GetStringAsync("/rules"));
        Assert.Equal("allowed by 'per-user', 9 of 10 left\n", await sample.Client.GetStringAsync("/ask?user=42"));
        using var queued = await sample.Client.PostAsync("/mail?to=42&id=a", null);
        Assert.Equal("Queued\n", await queued.Content.ReadAsStringAsync());
        await Eventually.IsTrueAsync(
            async () => await sample.Client.GetStringAsync("/sent") is "a: Hello 42\n", "the mail is sent");
    }
}
