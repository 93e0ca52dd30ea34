namespace Throttle.Core.Rules;

/// <summary>How work that was handed over to a queue is delivered.</summary>
/// <remarks>After the attempts it has failed for good. The time between them doubles, up to an hour.</remarks>
public sealed record Delivery
{
    /// <summary>The most <see cref="Attempts"/>.</summary>
    public const int MaxAttempts = 100;

    /// <summary>The longest <see cref="Url"/>, in characters.</summary>
    public const int MaxUrlLength = 2_048;

    /// <summary>The shortest <see cref="TimeoutTicks"/>: 10 ms.</summary>
    public const long MinTimeoutTicks = 10 * TimeSpan.TicksPerMillisecond;

    /// <summary>The longest <see cref="TimeoutTicks"/>: 10 minutes.</summary>
    public const long MaxTimeoutTicks = 10 * TimeSpan.TicksPerMinute;

    /// <summary>The shortest <see cref="BackoffTicks"/>: 1 ms.</summary>
    public const long MinBackoffTicks = TimeSpan.TicksPerMillisecond;

    /// <summary>The longest <see cref="BackoffTicks"/>: 1 hour.</summary>
    public const long MaxBackoffTicks = TimeSpan.TicksPerHour;

    /// <summary>What a rule has that says nothing of delivery.</summary>
    public static Delivery Default { get; } = new();

    /// <summary>Where work is posted: absolute, http or https. Null where a processor of the host's does it.</summary>
    public string? Url { get; init; }

    /// <summary>How long one attempt may take, in ticks.</summary>
    public long TimeoutTicks { get; init; } = 10 * TimeSpan.TicksPerSecond;

    /// <summary>How often it is tried, the first time included; 1 to <see cref="MaxAttempts"/>.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The time before the second attempt, in ticks, spread by a half either way.</summary>
    public long BackoffTicks { get; init; } = TimeSpan.TicksPerSecond;
}
