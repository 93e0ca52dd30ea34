using Throttle.Client.Buckets;

namespace Throttle.Tests.Cluster.Client;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(5, 160)]
    [InlineData(6, 250)]
    [InlineData(1_000_000, 250)]
    public void After_SoManyFailures_IsAboutTheInterval(int failed, int milliseconds)
    {
        var backoff = new Backoff(seed: 1);

        var waits = Enumerable.Range(0, 1000).Select(_ => backoff.After(failed).TotalMilliseconds).ToArray();

        Assert.All(waits, wait => Assert.InRange(wait, milliseconds * 0.5, milliseconds * 1.5));
        Assert.InRange(waits.Average(), milliseconds * 0.9, milliseconds * 1.1);
    }
}
