using System.Numerics;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// So many permits in each window; windows follow one another, aligned to the Unix epoch or to the calendar, or start when they
/// are first used.
/// </summary>
/// <remarks>
/// In any such window at most the limit. In an interval of one window's length that lies across an edge, up to twice that:
/// the price of the algorithm; where it matters use <see cref="SlidingLog"/> or <see cref="SlidingWindow"/>. A call too large
/// for what is left of a window may reserve in the next; the rest of this one is then lost, so that nobody overtakes.
/// Giving back counts only while the window of the grant is the one being filled.
/// </remarks>
public sealed class FixedWindow : WindowLimiter<FixedWindowState>, ILimiter<FixedWindowState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(3, "fixed window");

    private readonly WindowGrid _grid;

    /// <summary>Windows of a fixed length.</summary>
    /// <param name="limit">1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="windowTicks">1 µs to 400 days, in ticks.</param>
    /// <param name="anchor">Where they start.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public FixedWindow(long limit, long windowTicks, WindowAnchor anchor = WindowAnchor.Epoch)
        : this(limit, anchor == WindowAnchor.FirstUse ? new FirstUseGrid(windowTicks) : new FixedGrid(windowTicks))
    {
    }

    /// <summary>Windows of the calendar.</summary>
    /// <param name="limit">1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="unit">Minute to year.</param>
    /// <param name="zone">Whose midnight.</param>
    /// <param name="weekStart">The first day of a week.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    public FixedWindow(long limit, CalendarUnit unit, TimeZoneInfo zone, DayOfWeek weekStart = DayOfWeek.Monday)
        : this(limit, new CalendarGrid(unit, zone, weekStart))
    {
    }

    private FixedWindow(long limit, WindowGrid grid)
        : base(limit) => _grid = grid;

    /// <inheritdoc/>
    public FixedWindowState Create(long now) => new() { Last = now, Start = _grid.At(now).Start };

    /// <inheritdoc/>
    public bool Return(ref FixedWindowState state, in Grant grant, long now)
    {
        if (grant.Permits <= 0)
        {
            return false;
        }

        state = At(state, now);
        if (_grid.At(Math.Min(grant.ValidAt, Ticks.MaxInstant), state.Start).Start != state.Start || state.Used == 0)
        {
            return false;
        }

        state.Used -= Math.Min(state.Used, grant.Permits);
        while (state.Used == 0 && state.Start > state.Last)
        {
            // Nobody is left in a window reserved ahead: the one before is filled on. Those before that count as full.
            state = state with { Start = _grid.At(state.Start - 1, state.Start).Start, Used = state.UsedBefore, UsedBefore = Limit };
        }

        return true;
    }

    /// <inheritdoc/>
    public void GiveBack(ref FixedWindowState state, long permits, long now)
    {
        Limits.CheckCost(permits);
        state = At(state, now);
        state.Used -= Math.Min(state.Used, permits);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Keeps what was used: raising a limit gives the difference at once, lowering it below what was used refuses until the
    /// window ends. Under other windows, what now counts is counted into the new window that holds the one being filled: what
    /// was used in that one; and where permits are reserved ahead, also in those before it, from the present one on, as far as
    /// the new window holds them. Of these, all but the last count as full. A window that starts at its first use keeps that start,
    /// and where it would have ended by now under the new length, the bucket is new.
    /// </remarks>
    public FixedWindowState CarryOver(in FixedWindowState state, ILimiter<FixedWindowState> previous, OnChange onChange, long now)
    {
        var old = (FixedWindow)previous;
        var before = old.At(state, now);
        if (onChange == OnChange.Reset || (_grid.IsFromFirstUse && old._grid.IsFromFirstUse && _grid.At(before.Start).End <= before.Last))
        {
            return Create(before.Last);
        }

        var start = _grid.At(Math.Max(before.Last, before.Start), before.Start).Start;
        var isSameBefore = before.Start > before.Last && start == before.Start
            && _grid.At(start - 1, start).Start == old._grid.At(start - 1, before.Start).Start;
        var used = old.UsedFrom(start, before);
        var isScaled = onChange == OnChange.Proportional;
        return new()
        {
            Last = before.Last,
            Start = start,
            Used = isScaled ? Scale(used, Limit, old.Limit) : (long)BigInteger.Min(Limits.MaxPermits, used),
            UsedBefore = !isSameBefore ? Limit : isScaled ? Scale(before.UsedBefore, Limit, old.Limit) : before.UsedBefore,
        };
    }

    /// <summary>What counts in the window being filled; and where that is ahead, what was taken from an instant on in those before it.</summary>
    private BigInteger UsedFrom(long instant, in FixedWindowState state)
    {
        BigInteger used = state.Used;
        if (state.Start <= state.Last)
        {
            return used;
        }

        // What is reserved ahead is due when its window starts; what was taken in the present window was taken by now.
        var before = _grid.At(state.Start - 1, state.Start).Start;
        used += Math.Max(before, state.Last) >= instant ? state.UsedBefore : 0;
        var (start, end) = _grid.At(Math.Max(instant, state.Last), state.Start);
        var first = start >= instant || state.Last >= instant ? start : end;
        var length = state.Start - before;
        return used + ((BigInteger)Limit * ((Math.Max(0, before - first) + length - 1) / length));
    }

    /// <inheritdoc/>
    public FixedWindowState CreateWith(long remaining, long now) =>
        Create(now) with { Used = Limit - Math.Clamp(remaining, 0, Limit) };

    /// <inheritdoc/>
    public bool IsNew(in FixedWindowState state, long now)
    {
        var at = At(state, now);
        return at.Used == 0 && at.Start <= at.Last;
    }

    /// <inheritdoc/>
    public bool TrySetAside(ref FixedWindowState state, long permits, long now)
    {
        state = At(state, now);
        state.Used += Math.Min(permits, Math.Max(0, Limit - state.Used));
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>While both fill the same window, and not less of it is used.</remarks>
    public bool Covers(in FixedWindowState stored, in FixedWindowState actual, long now)
    {
        var ours = At(actual, now);
        var theirs = At(stored, ours.Last);
        return theirs.Start == ours.Start
            && theirs.Used >= ours.Used
            && (ours.Start <= ours.Last || theirs.UsedBefore >= ours.UsedBefore);
    }

    /// <inheritdoc/>
    public byte[] Save(in FixedWindowState state) =>
        new StateWriter(StateKind).Add(state.Last).Add(state.Start).Add(state.Used).Add(state.UsedBefore).ToArray();

    /// <inheritdoc/>
    public FixedWindowState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, StateKind);
        var state = new FixedWindowState
        {
            Last = reader.Instant(),
            Start = reader.Instant(),
            Used = reader.Long(0, Limits.MaxPermits),
            UsedBefore = reader.Long(0, Limits.MaxPermits),
        };
        reader.End();

        // The window's length may have changed since: what was used counts in the window that holds the saved instant.
        return state with { Start = _grid.At(Math.Max(state.Start, state.Last), state.Start).Start };
    }

    /// <summary>A count scaled by new to old, rounded up: never less was used than it was.</summary>
    internal static long Scale(BigInteger count, long limit, long oldLimit) =>
        (long)BigInteger.Min(Limits.MaxPermits, ((count * limit) + oldLimit - 1) / oldLimit);

    private protected override long Last(in FixedWindowState state) => state.Last;

    private protected override FixedWindowState At(in FixedWindowState state, long now)
    {
        if (now <= state.Last)
        {
            return Unused(state) ? state with { Start = state.Last } : state;
        }

        var start = _grid.IsFromFirstUse && !Unused(state) && _grid.At(state.Start).End > now ? state.Start : _grid.At(now).Start;
        return start > state.Start ? new() { Last = now, Start = start } : state with { Last = now };
    }

    private protected override LimiterDecision Decide(ref FixedWindowState state, long cost, long maxWaitTicks)
    {
        if (cost > Limit)
        {
            return LimiterDecision.TooLarge(Limit, Remaining(state), ResetAfter(state));
        }

        if (cost == 0)
        {
            return LimiterDecision.Allowed(Limit, Remaining(state), 0, ResetAfter(state), new Grant(0, state.Last));
        }

        var fits = cost <= Limit - state.Used;
        var start = fits ? state.Start : _grid.At(state.Start, state.Start).End;
        var wait = Math.Max(0, start - state.Last);
        if (wait > Math.Min(maxWaitTicks, Ticks.MaxInstant - state.Last) && wait > 0)
        {
            return LimiterDecision.Refused(Limit, Remaining(state), wait, ResetAfter(state));
        }

        state = fits
            ? state with { Used = state.Used + cost }
            : state with { Start = start, Used = cost, UsedBefore = state.Used };
        return LimiterDecision.Allowed(Limit, Remaining(state), wait, ResetAfter(state), new Grant(cost, state.Last + wait));
    }

    /// <summary>Whether there is no window, because each starts when it is first used, and none is.</summary>
    private bool Unused(in FixedWindowState state) => _grid.IsFromFirstUse && state.Used == 0 && state.Start <= state.Last;

    private long Remaining(in FixedWindowState state) => state.Start > state.Last ? 0 : Math.Max(0, Limit - state.Used);

    private long ResetAfter(in FixedWindowState state)
    {
        if (state.Used > 0)
        {
            return _grid.At(state.Start, state.Start).End is var end && end == Ticks.Never ? Ticks.Never : end - state.Last;
        }

        return Math.Max(0, state.Start - state.Last);
    }
}
