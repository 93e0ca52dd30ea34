namespace Throttle.Api.RuleFiles;

/// <summary>How a rule file is watched.</summary>
public sealed record RuleFileOptions
{
    /// <summary>How often the file is looked at besides the system's own notices; 10 ms to 1 hour, half a second by default.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an edit must have stood still before it counts, so that half-written files do not; 0 to 10 s, 100 ms by default.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The clock of both; real time by default, also where the limiters run on a virtual clock, since files do not.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Whether to watch at all; <see cref="RuleFile.CheckAsync"/> looks at the file in any case.</summary>
    public bool IsWatched { get; init; } = true;

    /// <summary>Whether to use the system's notices besides looking regularly.</summary>
    public bool UseNotices { get; init; } = true;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Clock);
        if (PollInterval < TimeSpan.FromMilliseconds(10) || PollInterval > TimeSpan.FromHours(1))
        {
            throw new ArgumentOutOfRangeException(nameof(PollInterval), PollInterval, $"{nameof(PollInterval)} is {PollInterval}; use 10 ms to 1 hour.");
        }

        if (SettleTime < TimeSpan.Zero || SettleTime > TimeSpan.FromSeconds(10))
        {
            throw new ArgumentOutOfRangeException(nameof(SettleTime), SettleTime, $"{nameof(SettleTime)} is {SettleTime}; use 0 to 10 s.");
        }
    }
}
