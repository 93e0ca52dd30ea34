namespace Throttle.Core.Limiters;

/// <summary>What a limiter says to the holder of a permit that is about to make its call.</summary>
public readonly record struct BeginAnswer
{
    private BeginAnswer(BeginOutcome outcome, long ticks) => (Outcome, Ticks) = (outcome, ticks);

    /// <summary>Go, wait, or too late.</summary>
    public BeginOutcome Outcome { get; }

    private long Ticks { get; }

    /// <summary>
    /// Ticks, from when the holder asked, within which the call must run; <see cref="Time.Ticks.Never"/> where that is no matter.
    /// 0 unless it may go.
    /// </summary>
    public long WithinTicks => Outcome == BeginOutcome.Begun ? Ticks : 0;

    /// <summary>Ticks until it is worth asking again; at least 1 when told to wait, else 0.</summary>
    public long WaitTicks => Outcome == BeginOutcome.Wait ? Ticks : 0;

    /// <summary>It does not matter when the call runs: this limiter does not space calls.</summary>
    public static BeginAnswer Unspaced { get; } = new(BeginOutcome.Begun, Time.Ticks.Never);

    /// <summary>Too late: the slot is lost.</summary>
    public static BeginAnswer Expired { get; } = new(BeginOutcome.Expired, 0);

    /// <summary>The call may run, within so many ticks, 0 or more.</summary>
    public static BeginAnswer Begun(long withinTicks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(withinTicks);
        return new(BeginOutcome.Begun, withinTicks);
    }

    /// <summary>Not yet: ask again after so many ticks, at least 1.</summary>
    public static BeginAnswer Wait(long waitTicks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(waitTicks, 1);
        return new(BeginOutcome.Wait, waitTicks);
    }
}
