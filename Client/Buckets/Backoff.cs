namespace Throttle.Client.Buckets;

/// <summary>Intervals between tries: they double from 10 ms to 250 ms, and each is spread by a half either way.</summary>
internal sealed class Backoff(int seed)
{
    private const int MaxDoublings = 5;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);
    private readonly Random _random = new(seed);

    /// <summary>How long to wait after so many tries have failed.</summary>
    /// <param name="failed">1 or more.</param>
    public TimeSpan After(int failed)
    {
        var interval = First * (1 << Math.Min(failed - 1, MaxDoublings));
        lock (_random)
        {
            return (interval < Longest ? interval : Longest) * (0.5 + _random.NextDouble());
        }
    }
}
