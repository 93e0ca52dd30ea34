using Throttle.Core;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client;

/// <summary>How a throttle asks its cluster.</summary>
public sealed class ThrottleClientOptions
{
    /// <summary>The shortest <see cref="Timeout"/>.</summary>
    public static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest <see cref="Timeout"/>.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The longest wait for a bucket's answer, 10 ms to 1 minute; 2 seconds by default. A call may be given up an eighth of it
    /// earlier. After that the rule's <c>on-error</c> decides, and permits that the bucket may have granted are lost, not given
    /// twice. A turn that a request may wait for comes on top.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The most buckets whose grain references are remembered, 2 to 100 million; 100,000 by default, about 400 bytes each.
    /// Asking one that is not remembered costs about twice as much.
    /// </summary>
    public int MaxCachedGrains { get; set; } = 100_000;

    /// <summary>
    /// What becomes of requests that match no rule; they are allowed by default. A warning in the log tells of them once a minute, unless
    /// they are simply allowed.
    /// </summary>
    public UnmatchedRequests Unmatched { get; set; }

    /// <summary>How often the rules are fetched while the long poll does not work; see <see cref="ClusterRulesOptions.PollInterval"/>.</summary>
    public TimeSpan RulesPollInterval { get; set; } = TimeSpan.FromSeconds(1);
}
