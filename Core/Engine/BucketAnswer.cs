using Throttle.Core.Limiters;

namespace Throttle.Core.Engine;

/// <summary>What a bucket said, or why it could not be asked.</summary>
public readonly record struct BucketAnswer
{
    /// <summary>An answer.</summary>
    public BucketAnswer(in LimiterDecision decision) => Decision = decision;

    private BucketAnswer(string? error, bool isStale) => (Error, IsStale) = (error, isStale);

    /// <summary>The rule changed or went while it was asked: nothing was taken, ask again by the present rules.</summary>
    public static BucketAnswer Stale { get; } = new(null, isStale: true);

    /// <summary>The limiter's answer; the default value when there is an <see cref="Error"/>.</summary>
    public LimiterDecision Decision { get; }

    /// <summary>Why no answer could be had, or null.</summary>
    public string? Error { get; }

    /// <summary>Whether this is <see cref="Stale"/>.</summary>
    public bool IsStale { get; }

    /// <summary>No answer could be had, and nothing was taken.</summary>
    public static BucketAnswer Failed(string error) => new(error, isStale: false);
}
