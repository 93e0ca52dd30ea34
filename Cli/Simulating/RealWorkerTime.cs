using Throttle.Core.Time;

namespace Throttle.Cli.Simulating;

/// <summary>Real time, and workers that run at once.</summary>
internal sealed class RealWorkerTime(TimeProvider time) : IWorkerTime
{
    private readonly long _start = time.GetTimestamp();

    public long Now => time.GetElapsedTime(_start).Ticks;

    public async Task SleepAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        // Timers drop fractions of a millisecond, and take no more than 49 days.
        var end = Ticks.Add(Now, Math.Max(0, duration.Ticks));
        for (var left = end - Now; left > 0; left = end - Now)
        {
            var whole = Math.Min((left + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, TimeSpan.MillisecondsPerDay);
            await Task.Delay(TimeSpan.FromMilliseconds(whole), time, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task RunAsync(IReadOnlyList<Func<Task>> workers) => Task.WhenAll(workers.Select(worker => Task.Run(worker)));
}
