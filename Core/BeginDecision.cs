using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core;

/// <summary>The answer to the holder of a permit that is about to make its call.</summary>
public readonly record struct BeginDecision
{
    private BeginDecision(PermitOutcome outcome, long withinTicks, long waitTicks, Failure? error) =>
        (Outcome, Within, Wait, Error) = (outcome, Ticks.ToTimeSpan(withinTicks), Ticks.ToTimeSpan(waitTicks), error);

    /// <summary>
    /// <see cref="PermitOutcome.Begun"/>, <see cref="PermitOutcome.Wait"/>, <see cref="PermitOutcome.Expired"/> or
    /// <see cref="PermitOutcome.Unavailable"/>.
    /// </summary>
    public PermitOutcome Outcome { get; }

    /// <summary>
    /// How long after the question was sent the call may run at the latest; <see cref="TimeSpan.MaxValue"/> where no rule
    /// spaces it, zero unless it may go.
    /// </summary>
    public TimeSpan Within { get; }

    /// <summary>How long to wait before asking again: above zero where it is told to wait, and where a rule could not be asked.</summary>
    public TimeSpan Wait { get; }

    /// <summary>Why a rule could not be asked, or null. With <see cref="PermitOutcome.Begun"/> that rule's on-error lets it go, unspaced.</summary>
    public Failure? Error { get; }

    /// <summary><c>begun, within 100ms</c>, <c>wait 1s</c>, <c>expired</c>, <c>unavailable: …</c>.</summary>
    public override string ToString() => Outcome switch
    {
        PermitOutcome.Begun => Within == TimeSpan.MaxValue ? "begun" : $"begun, within {Durations.Format(Within.Ticks)}",
        PermitOutcome.Wait => $"wait {Durations.Format(Wait.Ticks)}",
        PermitOutcome.Unavailable => $"unavailable: {Error}",
        _ => "expired",
    };

    /// <summary>Not asked of any rule yet: it may go.</summary>
    internal static BeginDecision Free { get; } = new(PermitOutcome.Begun, Ticks.Never, 0, null);

    /// <summary>A rule could not be asked.</summary>
    internal static BeginDecision Failed(Failure error, bool isAllowed) =>
        isAllowed ? new(PermitOutcome.Begun, Ticks.Never, 0, error) : new(PermitOutcome.Unavailable, 0, Failure.RetryAfter.Ticks, error);

    /// <summary>What a limiter said.</summary>
    internal static BeginDecision Of(BeginAnswer answer) => new(
        answer.Outcome switch
        {
            BeginOutcome.Begun => PermitOutcome.Begun,
            BeginOutcome.Wait => PermitOutcome.Wait,
            _ => PermitOutcome.Expired,
        },
        answer.WithinTicks,
        answer.WaitTicks,
        null);

    /// <summary>Both this, which lets it go, and another.</summary>
    internal BeginDecision And(BeginDecision other) => other.Outcome != PermitOutcome.Begun
        ? other
        : new(PermitOutcome.Begun, Math.Min(Within.Ticks, other.Within.Ticks), 0, Error ?? other.Error);
}
