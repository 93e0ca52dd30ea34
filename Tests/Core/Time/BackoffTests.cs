using Throttle.Core.Time;

namespace Throttle.Tests.Core.Time;

public sealed class BackoffTests
{
    private const long Ms = TimeSpan.TicksPerMillisecond;

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(5, 160)]
    [InlineData(6, 250)]
    [InlineData(1_000_000, 250)]
    public void After_SoManyFailures_IsAboutTheInterval(int failed, int milliseconds)
    {
        var backoff = new Backoff(seed: 1);

        var waits = Enumerable.Range(0, 1000).Select(_ => Ticks.ToTimeSpan(backoff.After(failed, 10 * Ms, 250 * Ms)).TotalMilliseconds).ToArray();

        Assert.All(waits, wait => Assert.InRange(wait, milliseconds * 0.5, milliseconds * 1.5));
        Assert.InRange(waits.Average(), milliseconds * 0.9, milliseconds * 1.1);
    }
}
