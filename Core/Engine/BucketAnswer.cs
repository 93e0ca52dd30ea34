using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Engine;

/// <summary>What a bucket said, or why it could not be asked.</summary>
public readonly record struct BucketAnswer
{
    /// <summary>An answer.</summary>
    public BucketAnswer(in LimiterDecision decision) => Decision = decision;

    private BucketAnswer(Failure? error, bool isStale) => (Error, IsStale) = (error, isStale);

    /// <summary>The rule changed or went while it was asked: nothing was taken, ask again by the present rules.</summary>
    public static BucketAnswer Stale { get; } = new(null, isStale: true);

    /// <summary>The limiter's answer; the default value when there is an <see cref="Error"/>.</summary>
    public LimiterDecision Decision { get; }

    /// <summary>Why no answer could be had, or null.</summary>
    public Failure? Error { get; }

    /// <summary>Whether this is <see cref="Stale"/>.</summary>
    public bool IsStale { get; }

    /// <summary>Whether the bucket was asked and allowed it, so that there may be something to give back.</summary>
    internal bool IsGranted => Error is null && Decision.IsAllowed;

    /// <summary>No answer could be had, and nothing was taken.</summary>
    public static BucketAnswer Failed(Failure error) => new(error, isStale: false);

    /// <summary>Whether this answer of the rule's bucket stops a request that needs others too.</summary>
    internal bool Stops(Rule rule) => IsStale || (Error is null ? !Decision.IsAllowed : rule.OnError == OnError.Deny);
}
