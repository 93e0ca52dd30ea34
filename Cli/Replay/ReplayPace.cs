namespace Throttle.Cli.Replay;

/// <summary>Keeps a replay in step with a real clock, so many times as fast as it was recorded.</summary>
/// <param name="factor">Recorded seconds in one real second, above zero.</param>
/// <param name="clock">The real clock.</param>
/// <param name="first">The recording's first instant, in ticks.</param>
internal sealed class ReplayPace(decimal factor, TimeProvider clock, long first)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly long _started = clock.GetTimestamp();

    /// <summary>Completes when a recorded instant is due; at once when it has passed.</summary>
    public async ValueTask WaitAsync(long at, CancellationToken cancellationToken)
    {
        // Parts of a tick do not matter to anybody who watches.
        var due = TimeSpan.FromTicks((long)decimal.Min((at - first) / factor, long.MaxValue));
        for (var left = Left(due); left > TimeSpan.Zero; left = Left(due))
        {
            await Task.Delay(left < LongestDelay ? left : LongestDelay, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeSpan Left(TimeSpan due) => due - clock.GetElapsedTime(_started);
}
