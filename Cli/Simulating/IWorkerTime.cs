namespace Throttle.Cli.Simulating;

/// <summary>The time that workers live by.</summary>
internal interface IWorkerTime
{
    /// <summary>Ticks since the start.</summary>
    long Now { get; }

    /// <summary>Sleeps, for so long at least.</summary>
    Task SleepAsync(TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Runs workers until all have ended.</summary>
    Task RunAsync(IReadOnlyList<Func<Task>> workers);
}
