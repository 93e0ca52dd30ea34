using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Cli.Simulating;

/// <summary>What <c>throttle simulate permits</c> was told.</summary>
internal sealed record PermitsOptions
{
    /// <summary>The rule of a throttle in this process.</summary>
    public required SpacingSpec Limit { get; init; }

    /// <summary>How many workers there are.</summary>
    public required int Workers { get; init; }

    /// <summary>The most by which a worker oversleeps, each time at random.</summary>
    public required TimeSpan Late { get; init; }

    /// <summary>When to stop; null where the number of requests says.</summary>
    public required TimeSpan? Duration { get; init; }

    /// <summary>After how many requests to stop; null where the duration says.</summary>
    public required long? Requests { get; init; }

    /// <summary>What the random numbers follow from.</summary>
    public required long Seed { get; init; }

    /// <summary>Whether time is virtual.</summary>
    public required bool IsVirtual { get; init; }

    /// <summary>The node to ask; null for a throttle in this process.</summary>
    public required string? Server { get; init; }

    /// <summary>The token that the node wants from those who read its rules, or null.</summary>
    public string? AdminToken { get; init; }

    /// <summary>The node's rule.</summary>
    public required string RuleId { get; init; }

    /// <summary>What is known of the calls, for the node's rules.</summary>
    public required Attributes Attributes { get; init; }
}
