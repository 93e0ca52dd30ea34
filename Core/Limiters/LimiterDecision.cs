using System.Diagnostics;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>One limiter's answer. All durations are in 100 ns ticks, rounded up: nobody who waits that long is early.</summary>
/// <remarks>Built only by the named factories, so that an answer cannot contradict itself.</remarks>
public readonly record struct LimiterDecision
{
    private LimiterDecision(
        bool isAllowed, bool neverFits, long limit, long remaining, long waitTicks, long resetAfterTicks, Grant grant)
    {
        IsAllowed = isAllowed;
        NeverFits = neverFits;
        Limit = limit;
        Remaining = remaining;
        WaitTicks = waitTicks;
        ResetAfterTicks = resetAfterTicks;
        Grant = grant;
    }

    /// <summary>Whether the permits were granted.</summary>
    public bool IsAllowed { get; }

    /// <summary>Whether the cost exceeds what a new bucket holds, so that no wait helps.</summary>
    public bool NeverFits { get; }

    /// <summary>The most permits one call can take.</summary>
    public long Limit { get; }

    /// <summary>Permits that could be taken now, after this decision; 0 to <see cref="Limit"/>.</summary>
    public long Remaining { get; }

    /// <summary>Ticks until the bucket equals a new one if nobody takes more; 0 when it does.</summary>
    public long ResetAfterTicks { get; }

    /// <summary>What was granted; the default value when refused.</summary>
    public Grant Grant { get; }

    private long WaitTicks { get; }

    /// <summary>Ticks to wait before using what was granted; 0 when refused.</summary>
    public long DelayTicks => IsAllowed ? WaitTicks : 0;

    /// <summary>Ticks until the same call without waiting (to a <see cref="LeakyQueue"/>: with the same wait) would pass if nobody else came: at least 1 when refused, 0 when allowed or when it can never fit.</summary>
    public long RetryAfterTicks => IsAllowed ? 0 : WaitTicks;

    /// <summary><c>allowed, 9 of 10 left</c>, <c>allowed after 1s, 0 of 10 left</c>, <c>refused, retry after 1.5s</c>.</summary>
    public override string ToString() =>
        NeverFits ? $"refused, above the limit of {Limit}"
        : !IsAllowed ? $"refused, retry after {Durations.Format(Math.Max(0, WaitTicks))}"
        : $"allowed{(DelayTicks > 0 ? $" after {Durations.Format(DelayTicks)}" : "")}, {Remaining} of {Limit} left";

    /// <summary>Granted, from <see cref="Limiters.Grant.ValidAt"/> on.</summary>
    public static LimiterDecision Allowed(long limit, long remaining, long delayTicks, long resetAfterTicks, Grant grant)
    {
        AssertRange(limit, remaining, resetAfterTicks);
        Debug.Assert(delayTicks >= 0, "A delay is not negative.");
        return new(true, false, limit, remaining, delayTicks, resetAfterTicks, grant);
    }

    /// <summary>The same decision with the grant as it was made.</summary>
    internal LimiterDecision With(in Grant grant) => new(IsAllowed, NeverFits, Limit, Remaining, WaitTicks, ResetAfterTicks, grant);

    /// <summary>The same decision once its instant has come; it may have moved up since.</summary>
    internal LimiterDecision AtItsTurn(long validAt) => new(
        IsAllowed, NeverFits, Limit, Remaining, 0, Math.Max(0, ResetAfterTicks - DelayTicks), Grant with { ValidAt = validAt });

    /// <summary>What remains, carried over to another algorithm with this limit; <see cref="OnChange.Reset"/> is the caller's.</summary>
    internal long CarriedTo(long limit, OnChange onChange) => onChange switch
    {
        OnChange.Proportional => (long)((Int128)Remaining * limit / Limit),
        OnChange.Additive => Math.Min(limit, Remaining + Math.Max(0, limit - Limit)),
        _ => Math.Min(limit, Remaining),
    };

    /// <summary>Refused until <paramref name="retryAfterTicks"/> have passed; at least 1.</summary>
    public static LimiterDecision Refused(long limit, long remaining, long retryAfterTicks, long resetAfterTicks)
    {
        AssertRange(limit, remaining, resetAfterTicks);
        ArgumentOutOfRangeException.ThrowIfLessThan(retryAfterTicks, 1);
        return new(false, false, limit, remaining, retryAfterTicks, resetAfterTicks, default);
    }

    /// <summary>Refused for good: the cost is above the limit.</summary>
    public static LimiterDecision TooLarge(long limit, long remaining, long resetAfterTicks)
    {
        AssertRange(limit, remaining, resetAfterTicks);
        return new(false, true, limit, remaining, 0, resetAfterTicks, default);
    }

    [Conditional("DEBUG")]
    private static void AssertRange(long limit, long remaining, long resetAfterTicks)
    {
        Debug.Assert(remaining >= 0 && remaining <= limit, "Remaining is 0 to the limit.");
        Debug.Assert(resetAfterTicks is >= 0 and <= Ticks.Never, "A reset is not negative.");
    }
}
