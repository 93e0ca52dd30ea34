using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// One call an interval, and no burst from time unused. A bounded number of callers may reserve the next slots ahead; a
/// reserved call that comes later than its grace has lost its slot.
/// </summary>
/// <remarks>
/// Granted instants lie at least one interval apart. At most <c>reservations</c> of them are in the future at any time. A
/// slot that is given back before its time is used again; one whose holder expired or died is not. <see cref="Limit"/> is 1.
/// Permits without a wait do not expire. Rule changes keep the slots, and the
/// new interval counts from each: a shorter one may place a later call between two reserved under a longer one.
/// </remarks>
public sealed class Spacing : ILimiter<SpacingState>
{
    private const byte Kind = 6;
    private readonly long _intervalTicks;
    private readonly int _reservations;
    private readonly long _graceTicks;

    /// <summary>Calls at least <paramref name="intervalTicks"/> apart.</summary>
    /// <param name="intervalTicks">1 µs to 400 days, in ticks.</param>
    /// <param name="reservations">The most slots reserved ahead, 0 to <see cref="Limits.MaxReservations"/>.</param>
    /// <param name="graceTicks">How late a reserved call may be, 0 to the interval; null for a tenth of the interval, rounded down.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Spacing(long intervalTicks, int reservations, long? graceTicks = null)
    {
        _intervalTicks = Limits.CheckPeriod(intervalTicks, nameof(intervalTicks));
        _reservations = reservations is >= 0 and <= Limits.MaxReservations
            ? reservations
            : throw new ArgumentOutOfRangeException(
                nameof(reservations), reservations, $"reservations is {reservations}; use 0 to {Limits.MaxReservations}.");
        _graceTicks = graceTicks ?? (intervalTicks / 10);
        if (_graceTicks < 0 || _graceTicks > intervalTicks)
        {
            throw new ArgumentOutOfRangeException(
                nameof(graceTicks), graceTicks, $"graceTicks is {graceTicks}; use 0 to the interval, {intervalTicks}.");
        }
    }

    /// <inheritdoc/>
    public long Limit => 1;

    /// <summary>The next place in the sequence, however long the wait; null when too many are reserved already.</summary>
    public Permit? Reserve(ref SpacingState state, long now)
    {
        var decision = Acquire(ref state, 1, now, Ticks.Never);
        return decision.IsAllowed
            ? new Permit(decision.DelayTicks, decision.Grant.ValidAt, decision.Grant.ExpiresAt)
            : null;
    }

    /// <summary>Gives a permit back unused.</summary>
    /// <returns>Whether its slot was free to use again.</returns>
    public bool Return(ref SpacingState state, in Permit permit, long now) =>
        Return(ref state, new Grant(1, permit.ValidAt, permit.ExpiresAt), now);

    /// <inheritdoc/>
    public SpacingState Create(long now) =>
        new() { Last = now, LastRun = SpacingState.None, PriorRun = SpacingState.None };

    /// <inheritdoc/>
    public LimiterDecision Acquire(ref SpacingState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        if (cost is 0 or > 1)
        {
            return Decide(state, cost, now, maxWaitTicks);
        }

        Pass(ref state, now);
        var decision = Decide(state, cost, now, maxWaitTicks);
        if (!decision.IsAllowed)
        {
            return decision;
        }

        if (decision.DelayTicks == 0)
        {
            Run(ref state, decision.Grant.ValidAt);
        }
        else
        {
            state.Slots.Insert(PlaceOf(state, decision.Grant.ValidAt), decision.Grant.ValidAt);
        }

        return decision;
    }

    /// <inheritdoc/>
    public LimiterDecision Peek(in SpacingState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        return Decide(state, cost, now, maxWaitTicks);
    }

    /// <inheritdoc/>
    public bool Return(ref SpacingState state, in Grant grant, long now)
    {
        if (grant.Permits <= 0)
        {
            return false;
        }

        Pass(ref state, now);
        var place = PlaceOf(state, grant.ValidAt);
        if (place < state.Slots.Count && state.Slots[place] == grant.ValidAt)
        {
            state.Slots.RemoveAt(place);
            return true;
        }

        if (grant.ValidAt != state.LastRun || state.PriorRun == state.LastRun)
        {
            return false;
        }

        state.LastRun = state.PriorRun;
        return true;
    }

    /// <inheritdoc/>
    public SpacingState CarryOver(in SpacingState state, ILimiter<SpacingState> previous, OnChange onChange, long now)
    {
        if (onChange == OnChange.Reset)
        {
            return Create(Math.Max(now, state.Last));
        }

        var carried = state;
        carried.Slots = state.Slots.Copy();
        Pass(ref carried, now);
        return carried;
    }

    /// <inheritdoc/>
    public SpacingState CreateWith(long remaining, long now)
    {
        var state = Create(now);
        if (remaining < 1)
        {
            Run(ref state, now);
        }

        return state;
    }

    /// <inheritdoc/>
    public bool IsNew(in SpacingState state, long now) => ResetAfter(state, Math.Max(now, state.Last)) == 0;

    /// <inheritdoc/>
    /// <remarks>When the slots, those to come and the last two that have come, are the same.</remarks>
    public bool Covers(in SpacingState stored, in SpacingState actual, long now)
    {
        var seen = Math.Max(now, actual.Last);
        var (lastRun, priorRun, next) = RunsAt(actual, seen);
        var (storedLast, storedPrior, storedNext) = RunsAt(stored, seen);
        return (lastRun, priorRun) == (storedLast, storedPrior) && actual.Slots.EndsAs(stored.Slots, next, storedNext);
    }

    /// <inheritdoc/>
    public byte[] Save(in SpacingState state)
    {
        var writer = new StateWriter(Kind).Add(state.Last).Add(state.LastRun).Add(state.PriorRun).Add((long)state.Slots.Count);
        for (var i = 0; i < state.Slots.Count; i++)
        {
            writer.Add(state.Slots[i]);
        }

        return writer.ToArray();
    }

    /// <inheritdoc/>
    public SpacingState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, Kind);
        var state = Create(reader.Instant());
        state.LastRun = reader.Long(SpacingState.None, Ticks.MaxInstant);
        state.PriorRun = reader.Long(SpacingState.None, state.LastRun);
        var count = reader.Count(itemBytes: 8);
        var before = state.LastRun;
        for (var i = 0; i < count; i++)
        {
            before = reader.Long(before + 1, Ticks.MaxInstant);
            state.Slots.Add(before);
        }

        reader.End();
        return state;
    }

    private static void Run(ref SpacingState state, long at) => (state.PriorRun, state.LastRun) = (state.LastRun, at);

    /// <summary>Moves the slots that have come to the past.</summary>
    private static void Pass(ref SpacingState state, long now)
    {
        state.Last = Math.Max(now, state.Last);
        while (state.Slots.Count > 0 && state.Slots[0] <= state.Last)
        {
            Run(ref state, state.Slots[0]);
            state.Slots.RemoveFirst();
        }
    }

    /// <summary>The last two slots that will have come by an instant if nothing is given back, and the place of the next.</summary>
    private static (long LastRun, long PriorRun, int Next) RunsAt(in SpacingState state, long seen)
    {
        var (last, prior) = (state.LastRun, state.PriorRun);
        var next = 0;
        for (; next < state.Slots.Count && state.Slots[next] <= seen; next++)
        {
            (last, prior) = (state.Slots[next], last);
        }

        return (last, prior, next);
    }

    private static int PlaceOf(in SpacingState state, long slot)
    {
        var place = 0;
        while (place < state.Slots.Count && state.Slots[place] < slot)
        {
            place++;
        }

        return place;
    }

    private LimiterDecision Decide(in SpacingState state, long cost, long now, long maxWaitTicks)
    {
        var seen = Math.Max(now, state.Last);
        var (slot, outstanding) = Earliest(state, seen);
        var wait = slot - seen;
        var remaining = wait == 0 ? 1 : 0;
        var resetAfter = ResetAfter(state, seen);
        if (cost > Limit)
        {
            return LimiterDecision.TooLarge(Limit, remaining, resetAfter);
        }

        if (cost == 0)
        {
            return LimiterDecision.Allowed(Limit, remaining, 0, resetAfter, new Grant(0, seen));
        }

        var isInTime = wait <= Math.Min(maxWaitTicks, Ticks.MaxInstant - seen) && outstanding < _reservations;
        if (wait > 0 && !isInTime)
        {
            return LimiterDecision.Refused(Limit, remaining, wait, resetAfter);
        }

        resetAfter = Math.Max(resetAfter, Ticks.Add(wait, _intervalTicks));
        return LimiterDecision.Allowed(
            Limit, 0, wait, resetAfter, new Grant(1, slot, wait == 0 ? Ticks.Never : Ticks.Add(slot, _graceTicks)));
    }

    /// <summary>The first instant an interval away from every slot, and how many slots are still to come.</summary>
    private (long Slot, int Outstanding) Earliest(in SpacingState state, long seen)
    {
        var slot = Math.Max(seen, After(state.LastRun));
        var outstanding = 0;
        var isFound = false;
        for (var i = 0; i < state.Slots.Count; i++)
        {
            var reserved = state.Slots[i];
            outstanding += reserved > seen ? 1 : 0;
            isFound |= Ticks.Add(slot, _intervalTicks) <= reserved;
            slot = isFound ? slot : Math.Max(slot, After(reserved));
        }

        return (slot, outstanding);
    }

    private long After(long run) => run == SpacingState.None ? 0 : Ticks.Add(run, _intervalTicks);

    private long ResetAfter(in SpacingState state, long seen)
    {
        var newest = state.Slots.Count > 0 ? state.Slots[state.Slots.Count - 1] : state.LastRun;
        return Math.Max(0, After(newest) - seen);
    }
}
