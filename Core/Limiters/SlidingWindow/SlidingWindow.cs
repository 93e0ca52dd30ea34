using System.Numerics;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// Approximates a sliding window by two counters: this aligned window's count, plus the previous one's weighted by how much of
/// it the sliding window still covers. 40 bytes a bucket, whatever the limit.
/// </summary>
/// <remarks>
/// <b>Error.</b> The weight assumes that the previous window's permits were spread evenly. When they all came at its end, the
/// counter forgets them too early: e into a window of length w, an interval of length w may hold up to limit × (1 + e/w)
/// permits, so always less than twice the limit. When they all came at its start, it remembers them too long, and refuses
/// what <see cref="SlidingLog"/> would allow. It never admits more than the limit in an aligned window. The weighting is
/// computed exactly, with no rounding in favour of the caller.
/// </remarks>
public sealed class SlidingWindow : WindowLimiter<SlidingWindowState>, ILimiter<SlidingWindowState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(5, "sliding window");

    private readonly FixedGrid _grid;

    /// <summary>About <paramref name="limit"/> permits in any window.</summary>
    /// <param name="limit">1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="windowTicks">1 µs to 400 days, in ticks; aligned windows start at the Unix epoch.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public SlidingWindow(long limit, long windowTicks)
        : base(limit) => _grid = new(windowTicks);

    private long WindowTicks => _grid.WindowTicks;

    /// <inheritdoc/>
    public SlidingWindowState Create(long now) => new() { Last = now, Start = _grid.At(now).Start };

    /// <inheritdoc/>
    /// <remarks>Counts while the grant's window is the one being filled or the one before it.</remarks>
    public bool Return(ref SlidingWindowState state, in Grant grant, long now)
    {
        if (grant.Permits <= 0)
        {
            return false;
        }

        state = At(state, now);
        var start = _grid.At(Math.Min(grant.ValidAt, Ticks.MaxInstant)).Start;
        var before = state;
        if (start == state.Start)
        {
            state.Current -= Math.Min(state.Current, grant.Permits);
            StepBack(ref state);
        }
        else if (_grid.At(start).End == state.Start)
        {
            state.Previous -= Math.Min(state.Previous, grant.Permits);
        }

        return before.Current != state.Current || before.Previous != state.Previous || before.Start != state.Start;
    }

    /// <inheritdoc/>
    public void GiveBack(ref SlidingWindowState state, long permits, long now)
    {
        Limits.CheckCost(permits);
        state = At(state, now);
        var ofThis = Math.Min(state.Current, permits);
        state.Current -= ofThis;
        state.Previous -= Math.Min(state.Previous, permits - ofThis);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Keeps what was used. Under another window length, what now counts is counted into the new window as a whole: into the one
    /// that holds the window being filled. Where permits are reserved ahead, that is also what counts from the present on, as
    /// far as the new window reaches back; windows of which nothing is known any more count as full.
    /// </remarks>
    public SlidingWindowState CarryOver(
        in SlidingWindowState state, ILimiter<SlidingWindowState> previous, OnChange onChange, long now)
    {
        var old = (SlidingWindow)previous;
        var before = old.At(state, now);
        if (onChange == OnChange.Reset)
        {
            return Create(before.Last);
        }

        var isSame = old.WindowTicks == WindowTicks;
        var start = isSame ? before.Start : _grid.At(Math.Max(before.Last, before.Start)).Start;
        var current = isSame ? before.Current : old.CountsFrom(start, before);
        var isScaled = onChange == OnChange.Proportional;
        return new()
        {
            Last = before.Last,
            Start = start,
            Current = isScaled ? FixedWindow.Scale(current, Limit, old.Limit) : (long)BigInteger.Min(2 * Limits.MaxPermits, current),
            Previous = !isSame ? 0 : isScaled ? FixedWindow.Scale(before.Previous, Limit, old.Limit) : before.Previous,
            BeforePrevious = !isSame ? Limit : isScaled ? FixedWindow.Scale(before.BeforePrevious, Limit, old.Limit) : before.BeforePrevious,
        };
    }

    /// <summary>
    /// What counts in the window being filled; and where that is ahead, what counts now and until then, as far as it may have
    /// been taken from an instant on.
    /// </summary>
    private BigInteger CountsFrom(long instant, in SlidingWindowState state)
    {
        var counts = (BigInteger)state.Current + WeightedPrevious(state);
        if (state.Start <= state.Last)
        {
            return counts;
        }

        var present = _grid.At(state.Last).Start;
        var known = state.Start - (2 * WindowTicks);
        var isNowInside = instant <= state.Last;
        if (isNowInside || known + WindowTicks > instant)
        {
            counts += WeightedPrevious(state with { Start = known + WindowTicks, Previous = state.BeforePrevious });
        }

        var first = Math.Max(present, _grid.At(instant).Start);
        counts += (BigInteger)Limit * (Math.Max(0, known - first) / WindowTicks);
        return isNowInside && known >= present
            ? counts + WeightedPrevious(state with { Start = present, Previous = Limit })
            : counts;
    }

    /// <inheritdoc/>
    public SlidingWindowState CreateWith(long remaining, long now) =>
        Create(now) with { Current = Limit - Math.Clamp(remaining, 0, Limit) };

    /// <inheritdoc/>
    public bool IsNew(in SlidingWindowState state, long now)
    {
        var at = At(state, now);
        return at.Current == 0 && at.Previous == 0 && at.Start <= at.Last;
    }

    /// <inheritdoc/>
    public bool TrySetAside(ref SlidingWindowState state, long permits, long now)
    {
        state = At(state, now);
        state.Current += Math.Min(permits, Math.Max(0, Limit - state.Current));
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>While both fill the same window, and in no window that still counts less was used.</remarks>
    public bool Covers(in SlidingWindowState stored, in SlidingWindowState actual, long now)
    {
        var ours = At(actual, now);
        var theirs = At(stored, ours.Last);
        return theirs.Start == ours.Start
            && theirs.Current >= ours.Current
            && theirs.Previous >= ours.Previous
            && (ours.Start <= ours.Last || theirs.BeforePrevious >= ours.BeforePrevious);
    }

    /// <inheritdoc/>
    public byte[] Save(in SlidingWindowState state) =>
        new StateWriter(StateKind).Add(state.Last).Add(state.Start).Add(state.BeforePrevious).Add(state.Previous).Add(state.Current).ToArray();

    /// <inheritdoc/>
    public SlidingWindowState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, StateKind);
        var state = new SlidingWindowState
        {
            Last = reader.Instant(),
            Start = reader.Instant(),
            BeforePrevious = reader.Long(0, 2 * Limits.MaxPermits),
            Previous = reader.Long(0, 2 * Limits.MaxPermits),
            Current = reader.Long(0, 2 * Limits.MaxPermits),
        };
        reader.End();
        var start = _grid.At(Math.Max(state.Start, state.Last)).Start;

        // The window's length has changed since: all that may still count is counted into the window that holds the saved instant.
        return start == state.Start
            ? state
            : state with { Start = start, Previous = 0, Current = Math.Min(2 * Limits.MaxPermits, state.Previous + state.Current) };
    }

    private protected override long Last(in SlidingWindowState state) => state.Last;

    private protected override SlidingWindowState At(in SlidingWindowState state, long now)
    {
        if (now <= state.Last)
        {
            return state;
        }

        var start = _grid.At(now).Start;
        return start <= state.Start
            ? state with { Last = now }
            : new() { Last = now, Start = start, Previous = _grid.At(state.Start).End == start ? state.Current : 0 };
    }

    /// <summary>Where nobody is left in a window reserved ahead, the one before is filled on; what is not known of those before counts as full.</summary>
    private void StepBack(ref SlidingWindowState state)
    {
        while (state.Current == 0 && state.Start > state.Last)
        {
            state = state with
            {
                Start = _grid.At(state.Start - 1).Start,
                Current = state.Previous,
                Previous = state.BeforePrevious,
                BeforePrevious = Limit,
            };
        }
    }

    private protected override LimiterDecision Decide(ref SlidingWindowState state, long cost, long maxWaitTicks)
    {
        if (cost > Limit)
        {
            return LimiterDecision.TooLarge(Limit, Remaining(state), ResetAfter(state));
        }

        if (cost == 0)
        {
            return LimiterDecision.Allowed(Limit, Remaining(state), 0, ResetAfter(state), new Grant(0, state.Last));
        }

        var filled = state;
        var at = Earliest(ref filled, cost);
        var wait = at - state.Last;
        if (wait > Math.Min(maxWaitTicks, Ticks.MaxInstant - state.Last) && wait > 0)
        {
            return LimiterDecision.Refused(Limit, Remaining(state), wait, ResetAfter(state));
        }

        filled.Current += cost;
        state = filled;
        return LimiterDecision.Allowed(Limit, Remaining(state), wait, ResetAfter(state), new Grant(cost, at));
    }

    /// <summary>The first instant at which the cost fits, at most two windows on; the state is moved to its window.</summary>
    private long Earliest(ref SlidingWindowState state, long cost)
    {
        while (true)
        {
            var elapsed = Math.Max(0, state.Last - state.Start);
            if (ElapsedToFit(state, cost) is { } needed)
            {
                return state.Start + Math.Max(elapsed, needed);
            }

            state = state with
            {
                Start = _grid.At(state.Start).End,
                Current = 0,
                Previous = state.Current,
                BeforePrevious = state.Previous,
            };
        }
    }

    /// <summary>How far into its window the previous count's weight has shrunk enough, in ticks; null when not within it.</summary>
    private long? ElapsedToFit(in SlidingWindowState state, long cost)
    {
        var room = Limit - state.Current - cost;
        if (room < 0)
        {
            return null;
        }

        if (state.Previous <= room)
        {
            return 0;
        }

        // previous × (window - elapsed) / window ≤ room, solved for elapsed and rounded up.
        var covered = (long)((Int128)room * WindowTicks / state.Previous);
        return covered > 0 ? WindowTicks - covered : null;
    }

    /// <summary>What the previous window still weighs, in permits, rounded up.</summary>
    private long WeightedPrevious(in SlidingWindowState state)
    {
        var covered = WindowTicks - Math.Clamp(state.Last - state.Start, 0, WindowTicks);
        return (long)((((Int128)state.Previous * covered) + WindowTicks - 1) / WindowTicks);
    }

    private long Remaining(in SlidingWindowState state) =>
        state.Start > state.Last ? 0 : Math.Clamp(Limit - state.Current - WeightedPrevious(state), 0, Limit);

    private long ResetAfter(in SlidingWindowState state)
    {
        var end = state.Start;
        for (var windows = state.Current > 0 ? 2 : state.Previous > 0 ? 1 : 0; windows > 0; windows--)
        {
            end = _grid.At(end).End;
        }

        return Math.Max(0, end - state.Last);
    }
}
