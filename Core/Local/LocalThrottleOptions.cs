namespace Throttle.Core.Local;

/// <summary>How a <see cref="LocalThrottle"/> runs.</summary>
public sealed record LocalThrottleOptions
{
    /// <summary>The clock and its timers; the system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// The most buckets remembered at once, 1 or more; 10 million by default. At the maximum a bucket that equals a new one is
    /// forgotten for each new key; where none is found, the new key's rule answers as its
    /// <see cref="Rules.Rule.OnError"/> says. Buckets that hold debts are never forgotten.
    /// </summary>
    /// <remarks>
    /// A rule gets another bucket while it has no more than would then be free. So the first rule that fills up leaves half of the room
    /// to others, the next one half of that. Callers that name their own limits count as one rule. A rule that is alone has all.
    /// </remarks>
    public long MaxBuckets { get; init; } = 10_000_000;

    /// <summary>
    /// Names each lease, for simulations that must come out the same each time: never the same name twice, never
    /// <see cref="Guid.Empty"/>, called by several threads at once. Null, the default, for 128 random bits, which nobody can guess.
    /// </summary>
    public Func<Guid>? NewLeaseId { get; init; }

    /// <summary>
    /// Is told the rule each time that there is no room for another bucket of it, <c>inline/</c> for callers that name their own
    /// limits. It is called under a lock: it must be quick, and must not ask the throttle. Null for nobody.
    /// </summary>
    public Action<string>? OnNoRoom { get; init; }

    /// <summary>What becomes of requests that match no rule; they are allowed by default.</summary>
    public UnmatchedRequests Unmatched { get; init; }

    /// <summary>
    /// Is told once a minute of requests that matched no rule, unless they are simply allowed: a sentence with their attributes and the
    /// rule that came nearest. Null for nobody.
    /// </summary>
    public Action<string>? OnUnmatched { get; init; }

    /// <summary>The name under which it counts; <c>local</c> by default.</summary>
    public string NodeName { get; init; } = "local";

    /// <summary>Shares the buckets of rules that say <c>replicate</c> with other nodes; null, the default, where there are none.</summary>
    public Replication.Replicator? Replicator { get; init; }
}
