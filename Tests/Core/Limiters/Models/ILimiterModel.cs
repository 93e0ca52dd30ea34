using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>What a limiter should answer, worked out the slow and obvious way. It is always told the latest instant seen.</summary>
internal interface ILimiterModel
{
    long Limit { get; }

    /// <summary>The instant that a call now would be granted, if it waits as long as it takes.</summary>
    long Earliest(long cost, long seen);

    /// <summary>The instant at which a call that is refused now would pass.</summary>
    long RetryAt(long cost, long seen, long maxWait) => Earliest(cost, seen);

    /// <summary>Whether a call may still be given an instant in the future.</summary>
    bool MayReserve(long cost, long seen);

    long Remaining(long seen);

    /// <summary>When the bucket equals a new one; in the past or now if it does.</summary>
    long NewAt(long seen);

    void Take(in Grant grant, long seen);

    /// <summary>Judges the limiter's answer to a grant given back, and follows it where both are right.</summary>
    /// <returns>What is wrong with the answer, or null.</returns>
    string? Return(in Grant grant, long seen, bool answer);
}
