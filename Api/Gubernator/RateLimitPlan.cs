using System.Text;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Gubernator;

/// <summary>What one item asks of which bucket, and what is made of the answer. Pure: the present instant is given.</summary>
/// <remarks>
/// <para><c>TOKEN_BUCKET</c> is a fixed window that starts at the first hit, or of the calendar; <c>LEAKY_BUCKET</c> a level that
/// comes back at limit ÷ duration, up to the burst. A limit or a duration that differs from the last call's keeps what was used of
/// the first, and what was left of the second.</para>
/// <para>Where a limit of 0 allows nothing, and a duration of 0 remembers nothing, no bucket is asked.</para>
/// </remarks>
internal readonly record struct RateLimitPlan
{
    /// <summary>The space of gubernator's keys.</summary>
    public const string Space = "gubernator";

    private const long MaxDurationMs = Limits.MaxPeriodTicks / TimeSpan.TicksPerMillisecond;
    private const string NotGregorian = "behavior DURATION_IS_GREGORIAN is set; but `Duration` is not a valid gregorian interval";

    private static readonly CalendarGrid[] Grids =
        [.. Enum.GetValues<CalendarUnit>().Order().Select(unit => new CalendarGrid(unit, TimeZoneInfo.Utc))];

    private RateLimitPlan(in RateLimitRequest request, long now) => (Request, Now) = (request, now);

    /// <summary>What the bucket is asked, where <see cref="Answer"/> is null.</summary>
    public InlineCall Call { get; private init; }

    /// <summary>The answer that needs no bucket.</summary>
    public RateLimitAnswer? Answer { get; private init; }

    private RateLimitRequest Request { get; }

    private long Now { get; }

    private bool IsLeaky => Request.Algorithm == RateLimitAlgorithm.LeakyBucket;

    private bool IsGregorian => Request.Has(RateLimitBehaviors.DurationIsGregorian);

    /// <summary>What a new bucket holds.</summary>
    private long Capacity => IsLeaky && Request.Burst > 0 ? Request.Burst : Request.Limit;

    /// <summary>The length of the window, or in which the limit comes back.</summary>
    private long DurationTicks => IsGregorian ? Grid.At(Now) is var (start, end) ? end - start : 0 : Request.Duration * TimeSpan.TicksPerMillisecond;

    private CalendarGrid Grid => Grids[Request.Duration];

    /// <summary>The plan of an item that asks nothing, because something is wrong.</summary>
    public static RateLimitPlan Failed(in RateLimitRequest request, string fault) =>
        new(request, 0) { Answer = RateLimitAnswer.Failed(fault) };

    /// <summary>The plan of an item.</summary>
    /// <param name="request">The item.</param>
    /// <param name="now">The present instant in ticks.</param>
    public static RateLimitPlan Of(in RateLimitRequest request, long now)
    {
        var plan = new RateLimitPlan(request, now);
        if (FaultOf(request) is { } fault)
        {
            return plan with { Answer = RateLimitAnswer.Failed(fault) };
        }

        var key = BucketKey.Of(request.Name, request.UniqueKey);
        if (Encoding.UTF8.GetByteCount(key) is > InlineCall.MaxKeyBytes and var bytes)
        {
            return plan with { Answer = RateLimitAnswer.Failed($"fields 'name' and 'unique_key' make a key of {bytes} bytes; use 3 to {InlineCall.MaxKeyBytes}") };
        }

        return request.Limit == 0 || plan.DurationTicks == 0
            ? plan with { Answer = plan.WithoutBucket() }
            : plan with { Call = plan.MakeCall(key) };
    }

    /// <summary>The item's answer, from its bucket's.</summary>
    /// <param name="answer">What the bucket said.</param>
    /// <param name="now">The instant at which it did, as far as is known here: just after.</param>
    public RateLimitAnswer From(in BucketAnswer answer, long now)
    {
        if (answer.Error is { } error)
        {
            return RateLimitAnswer.Failed(error.ToString());
        }

        var decision = answer.Decision;
        return new(!decision.IsAllowed, Request.Limit, decision.Remaining, ResetTime(decision, now), "");
    }

    private static string? FaultOf(in RateLimitRequest request)
    {
        if (request.UniqueKey.Length == 0)
        {
            return "field 'unique_key' cannot be empty";
        }

        if (request.Name.Length == 0)
        {
            return "field 'namespace' cannot be empty";
        }

        if (request.Algorithm is not (RateLimitAlgorithm.TokenBucket or RateLimitAlgorithm.LeakyBucket))
        {
            return $"Invalid rate limit algorithm '{(int)request.Algorithm}'";
        }

        if (request.Has(RateLimitBehaviors.DurationIsGregorian) && request.Duration is < 0 or > (long)CalendarUnit.Year)
        {
            return NotGregorian;
        }

        return RangeFault("hits", request.Hits, -Limits.MaxPermits, Limits.MaxPermits)
            ?? RangeFault("limit", request.Limit, 0, Limits.MaxPermits)
            ?? RangeFault("burst", request.Burst, 0, Limits.MaxPermits)
            ?? RangeFault("duration", request.Duration, 0, MaxDurationMs);
    }

    private static string? RangeFault(string field, long value, long least, long most) =>
        value < least || value > most ? $"field '{field}' is {value}; use {least} to {most}" : null;

    /// <summary>Milliseconds since 1970, rounded up: nobody who waits until then is early.</summary>
    private static long ToUnixMs(long instant) =>
        (Math.Min(instant, Ticks.MaxInstant) - Ticks.UnixEpoch + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;

    private RateLimitAnswer WithoutBucket()
    {
        // Nothing is ever there, or everything always is.
        var held = Request.Limit == 0 ? 0 : Capacity;
        var isOver = Request.Hits > held;
        var remaining = isOver ? held : held - Math.Max(0, Request.Hits);
        return new(isOver, Request.Limit, remaining, EndOfWindow(Now), "");
    }

    private InlineCall MakeCall(string key)
    {
        LimiterSpec limit = IsLeaky ? new TokenBucketSpec(Capacity, new Rate(Request.Limit, DurationTicks))
            : IsGregorian ? new FixedWindowSpec(Request.Limit, 0, (CalendarUnit)Request.Duration)
            : new FixedWindowSpec(Request.Limit, DurationTicks) { Anchor = WindowAnchor.FirstUse };
        return new(Space, key, limit, Permits()) { Action = Action() };
    }

    /// <summary>A token bucket that is reset ignores the hits, a leaky one takes them, as gubernator does.</summary>
    private long Permits() =>
        Request.Has(RateLimitBehaviors.ResetRemaining) && (!IsLeaky || Request.Hits < 0) ? 0 : Math.Abs(Request.Hits);

    private InlineAction Action()
    {
        var drains = Request.Has(RateLimitBehaviors.DrainOverLimit);
        if (Request.Has(RateLimitBehaviors.ResetRemaining))
        {
            // What never fits empties a full bucket as any other.
            return drains && IsLeaky && Request.Hits > Capacity ? InlineAction.Drain : InlineAction.Reset;
        }

        return Request.Hits < 0 ? InlineAction.GiveBack : drains ? InlineAction.Drain : InlineAction.Take;
    }

    private long ResetTime(in LimiterDecision decision, long now)
    {
        if (IsLeaky)
        {
            // From whole permits, as gubernator does, but without losing the fraction of an interval: never before it is full.
            var missing = (Int128)(Capacity - decision.Remaining) * DurationTicks;
            return ToUnixMs(Ticks.Add(now, Ticks.Saturate((missing + Request.Limit - 1) / Request.Limit)));
        }

        if (Request.Has(RateLimitBehaviors.ResetRemaining))
        {
            return 0;
        }

        return IsGregorian || decision.ResetAfterTicks == 0 ? EndOfWindow(now) : ToUnixMs(Ticks.Add(now, decision.ResetAfterTicks));
    }

    /// <summary>When a window ends that a hit at an instant would fall in. Of the calendar it is the last millisecond, as gubernator tells it.</summary>
    private long EndOfWindow(long instant) =>
        IsGregorian ? ToUnixMs(Grid.At(instant).End) - 1 : ToUnixMs(Ticks.Add(instant, DurationTicks));
}
