namespace Throttle.Core.Time;

/// <summary>Intervals between tries: they double, and each is spread by a half either way. Safe from any number of threads.</summary>
internal sealed class Backoff(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>How long to wait after so many tries have failed.</summary>
    /// <param name="failed">1 or more.</param>
    /// <param name="firstTicks">After the first, in ticks, before it is spread; at least 1.</param>
    /// <param name="longestTicks">The most, before it is spread.</param>
    /// <returns>Ticks, at least 1.</returns>
    public long After(int failed, long firstTicks, long longestTicks)
    {
        var interval = Math.Min(longestTicks, Ticks.Saturate((Int128)firstTicks << Math.Min(failed - 1, 62)));
        lock (_random)
        {
            return Math.Max(1, (interval / 2) + _random.NextInt64(interval));
        }
    }
}
