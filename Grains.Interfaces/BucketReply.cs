using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Grains.Interfaces;

/// <summary>A bucket's answer.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.BucketReply")]
public readonly record struct BucketReply
{
    /// <summary>Allowed or refused.</summary>
    public BucketReply(in LimiterDecision decision, long rulesVersion)
    {
        IsAllowed = decision.IsAllowed;
        NeverFits = decision.NeverFits;
        Limit = decision.Limit;
        Remaining = decision.Remaining;
        WaitTicks = decision.DelayTicks + decision.RetryAfterTicks;
        ResetAfterTicks = decision.ResetAfterTicks;
        Grant = BucketGrant.From(decision.Grant);
        RulesVersion = rulesVersion;
    }

    /// <summary>What kind of answer this is; the rest is meaningful only when it is <see cref="BucketStatus.Answered"/>.</summary>
    [Id(0)]
    public BucketStatus Status { get; init; }

    /// <summary>Whether the permits were granted.</summary>
    [Id(1)]
    public bool IsAllowed { get; init; }

    /// <summary>Whether the permits asked for exceed what a new bucket holds, so that no wait helps.</summary>
    [Id(2)]
    public bool NeverFits { get; init; }

    /// <summary>The most permits one call can take.</summary>
    [Id(3)]
    public long Limit { get; init; }

    /// <summary>Permits that could be taken now, after this answer.</summary>
    [Id(4)]
    public long Remaining { get; init; }

    /// <summary>In 100 ns ticks: when allowed, how long to wait before going; when refused, how long until a retry would pass if nobody else came, at least 1 except where it never fits.</summary>
    [Id(5)]
    public long WaitTicks { get; init; }

    /// <summary>Ticks until the bucket is as new if nobody takes more.</summary>
    [Id(6)]
    public long ResetAfterTicks { get; init; }

    /// <summary>What was granted, to be kept for giving it back; the default value when refused.</summary>
    [Id(7)]
    public BucketGrant Grant { get; init; }

    /// <summary>The version of the rules that it was answered by.</summary>
    [Id(8)]
    public long RulesVersion { get; init; }

    /// <summary>Why no answer could be had, as the text of a <see cref="Failure"/>; null but for <see cref="BucketStatus.Failed"/>.</summary>
    [Id(9)]
    public string? Error { get; init; }

    /// <summary>How long to wait before going; zero when refused.</summary>
    public TimeSpan Delay => Ticks.ToTimeSpan(IsAllowed ? WaitTicks : 0);

    /// <summary>How long until a retry would pass if nobody else came; zero when allowed, and when it never fits.</summary>
    public TimeSpan RetryAfter => Ticks.ToTimeSpan(IsAllowed ? 0 : WaitTicks);

    /// <summary>How long until the bucket is as new if nobody takes more.</summary>
    public TimeSpan ResetAfter => Ticks.ToTimeSpan(ResetAfterTicks);

    /// <summary>The rules have changed: nothing was taken.</summary>
    /// <param name="rulesVersion">The version the owner works with.</param>
    public static BucketReply Stale(long rulesVersion) => new() { Status = BucketStatus.Stale, RulesVersion = rulesVersion };

    /// <summary>No answer could be had: nothing was taken.</summary>
    public static BucketReply Failed(Failure error, long rulesVersion)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new() { Status = BucketStatus.Failed, Error = error.ToString(), RulesVersion = rulesVersion };
    }

    /// <summary>The answer as engines know it.</summary>
    public BucketAnswer ToAnswer() => Status switch
    {
        BucketStatus.Answered => new(ToDecision()),
        BucketStatus.Stale => BucketAnswer.Stale,
        _ => BucketAnswer.Failed(Failure.Parse(Error)),
    };

    private LimiterDecision ToDecision() =>
        IsAllowed ? LimiterDecision.Allowed(Limit, Remaining, WaitTicks, ResetAfterTicks, Grant.ToGrant())
        : NeverFits ? LimiterDecision.TooLarge(Limit, Remaining, ResetAfterTicks)
        : LimiterDecision.Refused(Limit, Remaining, WaitTicks, ResetAfterTicks);
}
