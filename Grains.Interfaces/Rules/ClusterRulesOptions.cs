namespace Throttle.Grains.Interfaces.Rules;

/// <summary>How the rules of a cluster are followed.</summary>
public sealed class ClusterRulesOptions
{
    /// <summary>The shortest <see cref="PollInterval"/>.</summary>
    public static readonly TimeSpan MinPollInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest <see cref="PollInterval"/>.</summary>
    public static readonly TimeSpan MaxPollInterval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often the rules are fetched while the long poll does not work; 1 second by default, 10 ms to 1 minute. Each time
    /// is spread by a quarter either way, so that the members of a cluster do not ask at once.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Where the spread starts; null, the default, for a start of its own in each process.</summary>
    public int? JitterSeed { get; set; }
}
