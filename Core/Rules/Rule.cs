using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary>One throttle rule: what it matches, what makes its buckets, and how it limits. Equal contents make equal rules.</summary>
public sealed record Rule
{
    /// <summary>Unique in its set; <c>[a-z0-9-]</c>, 1 to 100 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Conditions that must all hold; none match every request.</summary>
    public ValueList<Condition> Match { get; init; } = [];

    /// <summary>Attributes whose values make the bucket, in order; none make one bucket for all. A request that lacks one does not match.</summary>
    public ValueList<KeyPart> Key { get; init; } = [];

    /// <summary>The algorithm and its numbers.</summary>
    public required LimiterSpec Limit { get; init; }

    /// <summary>The price of one unit of a request.</summary>
    public Cost Cost { get; init; } = Cost.One;

    /// <summary>Whether the rule refuses, only counts, or sleeps.</summary>
    public RuleMode Mode { get; init; } = RuleMode.Enforce;

    /// <summary>The answer when none can be had.</summary>
    public OnError OnError { get; init; } = OnError.Allow;

    /// <summary>What becomes of live buckets when the numbers change.</summary>
    public OnChange OnChange { get; init; } = OnChange.Keep;

    /// <summary>How a queue delivers the work handed over to it; null for <see cref="Delivery.Default"/>, and for all but queues.</summary>
    public Delivery? Deliver { get; init; }

    /// <summary>Where a cluster keeps its buckets; see <see cref="RuleExtensions.IsPersisted"/>.</summary>
    public Durability Durability { get; init; } = Durability.Auto;

    /// <summary>Whether nodes that replicate share its buckets; only a token bucket with one bandwidth can be.</summary>
    public bool Replicate { get; init; }

    /// <summary><c>per-user: token-bucket: capacity 20, refill 10/s</c>.</summary>
    public override string ToString() => $"{Id}: {Limit}";
}
