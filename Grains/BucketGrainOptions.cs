using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Grains;

/// <summary>How a silo keeps its buckets.</summary>
public sealed class BucketGrainOptions
{
    /// <summary>The largest <see cref="MaxQueuedCalls"/>.</summary>
    public const int MostQueuedCalls = 10_000_000;

    /// <summary>The shortest <see cref="FlushInterval"/>.</summary>
    public static readonly TimeSpan ShortestFlushInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest <see cref="FlushInterval"/>.</summary>
    public static readonly TimeSpan LongestFlushInterval = TimeSpan.FromDays(1);

    /// <summary>
    /// How many permits of a persisted bucket are marked as spent in storage before they are: 1 to
    /// <see cref="Limits.MaxPermits"/>, 100 by default. A bucket that refills more than that within <see cref="FlushInterval"/>
    /// marks as many as it refills. It never marks more than a tenth of its rule's limit, and always at least 1. More
    /// means fewer writes, and more permits lost when a silo crashes; none is ever granted twice. Windows with instants of
    /// their own (sliding log, spacing) and leases are written with every grant.
    /// </summary>
    public long BatchPermits { get; set; } = 100;

    /// <summary>
    /// How long a persisted bucket is left alone before its exact state is written, so that a crash later on loses nothing:
    /// 100 ms to 1 day, 10 s by default.
    /// </summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The most calls that one grain has under way, callers that wait in its queue included: 2 to
    /// <see cref="MostQueuedCalls"/>, 10,000 by default. One more is answered at once as the rule's <c>on-error</c> says. It
    /// holds for every grain of the silo.
    /// </summary>
    public int MaxQueuedCalls { get; set; } = 10_000;

    /// <summary>What a cluster that has no rules yet begins with; none by default. A cluster that has rules keeps them.</summary>
    public RuleSet FirstRules { get; set; } = RuleSet.Empty;

    /// <summary>How often queues are woken whose silo is gone, whatever was missed.</summary>
    internal TimeSpan WakeInterval { get; set; } = TimeSpan.FromMinutes(5);
}
