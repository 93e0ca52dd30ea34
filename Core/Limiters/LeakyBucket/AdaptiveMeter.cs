using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// The arithmetic of a level that leaks at a rate times a factor. A permit is <see cref="UnitsPerPermit"/> units, so that a
/// tick drains a whole number of them at every factor that there is.
/// </summary>
/// <remarks>
/// <para>Bounds: a permit is below 2^79 units, a level below 2^119, a tick drains below 2^93. Products of ticks and units are
/// only made where they are known to be less than a level.</para>
/// <para><b>Steps.</b> Draining and adjusting in turn, once each interval, could go on for millions of steps. The factor comes to
/// rest within about 1,400 of them, at its floor, its ceiling or 1, as long as the level stays on one side of the map's bounds; from then on the
/// steps up to the next bound are counted by a division. There are three bounds, and an idle level only falls.</para>
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly struct AdaptiveMeter
{
    private static readonly Factor Recovery = new(Factor.Scale / 100 * 105);
    private readonly long _unitsPerTick;
    private readonly AdaptiveNumbers _numbers;
    private readonly AdaptiveRow _row;
    private readonly Int128 _low;
    private readonly Int128 _high;

    public AdaptiveMeter(long capacity, Rate leak, AdaptiveNumbers numbers)
    {
        Limits.CheckPermits(capacity, nameof(capacity));
        Limits.CheckPermits(leak.Permits, "leak permits");
        Limits.CheckPeriod(leak.PeriodTicks, "leak period");
        numbers.ThrowUnlessFor(capacity);

        var divisor = (long)BigInteger.GreatestCommonDivisor(leak.Permits, leak.PeriodTicks);
        (_unitsPerTick, _numbers, _row) = (leak.Permits / divisor, numbers, numbers.RowFor(capacity)!.Value);
        Capacity = capacity;
        Every = numbers.EveryTicks ?? numbers.DefaultEveryTicks;
        var wholes = (Int128)capacity * (leak.PeriodTicks / divisor);
        UnitsPerPermit = (Int128)(leak.PeriodTicks / divisor) * Factor.Scale;
        (_low, _high, Full) = (wholes * _row.Low.Billionths, wholes * _row.High.Billionths, wholes * Factor.Scale);
    }

    public long Capacity { get; }

    public Int128 UnitsPerPermit { get; }

    public Int128 Full { get; }

    private long Every { get; }

    private bool IsPerCall => _numbers.Mode == AdaptiveMode.PerCall;

    public Int128 Units(long permits) => permits * UnitsPerPermit;

    /// <summary>Whole permits that still fit.</summary>
    public long Room(Int128 level) => level >= Full ? 0 : (long)((Full - level) / UnitsPerPermit);

    public bool IsNew(in AdaptiveState state) => state.Level == 0 && state.Factor == Factor.One;

    /// <summary>The bucket at an instant that is not before its own; nobody uses it until then.</summary>
    public AdaptiveState Pass(AdaptiveState state, long to)
    {
        Debug.Assert(to >= state.At, "Time does not pass backwards.");
        if (IsPerCall)
        {
            return Drain(state, to - state.At);
        }

        var first = NextStep(state.At);
        if (IsNew(state) || to < first)
        {
            return to == state.At ? state : Drain(state, to - state.At);
        }

        state = Step(state, first - state.At);
        var steps = (to - state.At) / Every;
        while (steps > 0 && !IsNew(state))
        {
            state = StepOrJump(state, steps, floor: 0, out var done);
            steps -= done;
        }

        // Of a bucket that is as new nothing else changes.
        return Drain(state, to - state.At);
    }

    /// <summary>
    /// The bucket at the first instant at which its level has fallen to a target, and in ticks how long that takes. Where it takes longer
    /// than time lasts the bucket is of no use.
    /// </summary>
    public (AdaptiveState Then, long Ticks) Until(AdaptiveState state, Int128 target)
    {
        var from = state.At;
        while (state.Level > target)
        {
            var left = IsPerCall ? Ticks.Never : NextStep(state.At) - state.At;
            if (Reaches(state, left, target))
            {
                var needed = TicksUntil(state, target);
                if (needed > Ticks.MaxInstant - state.At)
                {
                    return (state, Ticks.Never);
                }

                if (needed < left)
                {
                    state = Drain(state, needed);
                    continue;
                }
            }

            if (left > Ticks.MaxInstant - state.At)
            {
                return (state, Ticks.Never);
            }

            state = Step(state, left);
            var most = (Ticks.MaxInstant - state.At) / Every;
            if (state.Level > target && most > 0)
            {
                state = Jump(state, most, target);
            }
        }

        return (state, state.At - from);
    }

    /// <summary>Ticks until the bucket is as new if nobody uses it; never where time ends before.</summary>
    public long UntilNew(AdaptiveState state)
    {
        var from = state.At;
        var (empty, ticks) = Until(state, 0);
        if (IsPerCall)
        {
            return IsNew(empty) || ticks == Ticks.Never ? ticks : Ticks.Add(ticks, 1);
        }

        while (ticks != Ticks.Never && !IsNew(empty))
        {
            var left = NextStep(empty.At) - empty.At;
            if (left > Ticks.MaxInstant - empty.At)
            {
                return Ticks.Never;
            }

            empty = Step(empty, left);
            ticks = empty.At - from;
        }

        return ticks;
    }

    /// <summary>
    /// As <see cref="Until"/>, for a call that waits as the original's do: it adjusts, looks, sleeps until there should be
    /// room but no longer than the interval, and begins again.
    /// </summary>
    public (AdaptiveState Then, long Ticks) UntilByLooking(AdaptiveState state, Int128 target)
    {
        var from = state.At;
        while (true)
        {
            var before = state.Factor;
            state.Factor = Adjust(state.Level, state.Factor);
            if (state.Level <= target)
            {
                return (state, state.At - from);
            }

            var needed = TicksUntil(state, target);
            var sleep = Math.Min(Every, needed);
            if (sleep > Ticks.MaxInstant - state.At)
            {
                return (state, Ticks.Never);
            }

            var looks = state.Factor == before && needed > Every ? StepsAlike(state, target) : 0;
            state = Drain(state, (long)Int128.Min(Int128.Max(1, looks) * sleep, Ticks.MaxInstant - state.At));
        }
    }

    /// <summary>The factor after one look at the level.</summary>
    public Factor Adjust(Int128 level, Factor factor)
    {
        if (IsPerCall)
        {
            var next = level <= _low ? Low(factor) : level >= _high ? High(factor) : Rise(factor);

            // As in the original: what changes by no more than one in a hundred stays.
            return (Int128)Math.Abs(next.Billionths - factor.Billionths) * 100 > factor.Billionths ? next : factor;
        }

        return level == 0 ? Recover(factor) : level <= _low ? Low(factor) : level >= _high ? High(factor) : Recover(factor);
    }

    private Factor Low(Factor factor) => factor.Times(_row.LowFactor).Clamp(_numbers.MinFactor, _numbers.MaxFactor);

    private Factor High(Factor factor) => factor.Times(_row.HighFactor).Clamp(_numbers.MinFactor, _numbers.MaxFactor);

    private static Factor Rise(Factor factor) => factor < Factor.One ? factor.Times(Recovery).Clamp(default, Factor.One) : factor;

    private static Factor Recover(Factor factor) =>
        factor > Factor.One ? factor.Over(Recovery).Clamp(Factor.One, Factor.Max) : Rise(factor);

    /// <summary>The next instant of a step: at most 400 days after the last instant, which 64 bits hold.</summary>
    private long NextStep(long at) => ((at / Every) + 1) * Every;

    private Int128 DrainedPerTick(Factor factor) => Math.BigMul(_unitsPerTick, factor.Billionths);

    private long TicksUntil(in AdaptiveState state, Int128 target) =>
        Ticks.Saturate((state.Level - target + DrainedPerTick(state.Factor) - 1) / DrainedPerTick(state.Factor));

    /// <summary>Whether the level falls to a target within so many ticks.</summary>
    private bool Reaches(in AdaptiveState state, long ticks, Int128 target)
    {
        // A division of 128 bits costs ten times as much as a product, and is needed only where that would not fit.
        var drained = DrainedPerTick(state.Factor);
        return drained <= long.MaxValue ? Math.BigMul(ticks, (long)drained) >= state.Level - target : ticks >= TicksUntil(state, target);
    }

    private AdaptiveState Drain(AdaptiveState state, long ticks)
    {
        state.At += ticks;
        if (state.Level > 0)
        {
            state.Level = Reaches(state, ticks, 0) ? 0 : state.Level - (ticks * DrainedPerTick(state.Factor));
        }

        // Nobody would ever look at it again: per call, a bucket that has run empty is new.
        state.Factor = IsPerCall && state.Level == 0 && ticks > 0 ? Factor.One : state.Factor;
        return state;
    }

    private AdaptiveState Step(AdaptiveState state, long ticks)
    {
        state = Drain(state, ticks);
        state.Factor = Adjust(state.Level, state.Factor);
        return state;
    }

    private AdaptiveState StepOrJump(AdaptiveState state, long most, Int128 floor, out long done)
    {
        var jumped = Jump(state, most, floor);
        done = (jumped.At - state.At) / Every;
        if (done > 0)
        {
            return jumped;
        }

        done = 1;
        return Step(state, Every);
    }

    /// <summary>As many steps as leave the factor alone and the level above a floor, at most so many.</summary>
    private AdaptiveState Jump(AdaptiveState state, long most, Int128 floor)
    {
        if (state.Level <= floor || Adjust(state.Level, state.Factor) != state.Factor)
        {
            return state;
        }

        var steps = (long)Int128.Min(most, StepsAlike(state, floor));
        return steps > 0 ? Drain(state, steps * Every) : state;
    }

    /// <summary>How many steps leave the level in the same part of the map and above a floor.</summary>
    private Int128 StepsAlike(in AdaptiveState state, Int128 floor)
    {
        if (Reaches(state, Every, 0))
        {
            return 0;
        }

        var least = state.Level >= _high ? _high : state.Level > _low ? _low + 1 : 1;
        return (state.Level - Int128.Max(least, floor + 1)) / (Every * DrainedPerTick(state.Factor));
    }
}
