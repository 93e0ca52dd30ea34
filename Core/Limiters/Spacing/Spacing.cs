using System.Diagnostics;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// One call an interval, and no burst from time unused. A bounded number of callers may reserve the next slots ahead; a
/// reserved call that comes later than its grace has lost its slot.
/// </summary>
/// <remarks>
/// <para>Granted instants lie at least one interval apart. At most <c>reservations</c> of them are in the future at any time. A
/// slot that is given back before its time is used again; one whose holder expired or died is not. <see cref="Limit"/> is 1.
/// Permits without a wait do not expire. Rule changes keep the slots, and the
/// new interval counts from each: a shorter one may place a later call between two reserved under a longer one.</para>
/// <para><b>Begin.</b> A caller told to go at its instant may go later than that, and the next one be on time: then the calls
/// themselves are closer. Holders that ask <see cref="Begin"/> just before their call, and make it within the grace that they
/// are told or not at all, have their calls at least an interval apart, whatever delays them, and wherever they crash. The
/// next begin is one interval after the latest instant at which the last call may run, or ran, once <see cref="Ran"/> has told; the
/// slots behind a late one move. A permit begun later than its grace after its instant, also one without a wait, has expired; waiting
/// for a late one before it costs nobody its slot. Holders that never ask are spaced by their granted instants.</para>
/// </remarks>
public sealed class Spacing : ISpacedLimiter<SpacingState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(6, "spacing");

    /// <summary>The form when a call has begun, or slots have moved.</summary>
    internal static readonly StateKind BegunKind = new(9, "spacing that has begun");

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
        new()
        {
            Last = now,
            LastRun = SpacingState.None,
            LastTold = SpacingState.None,
            PriorRun = SpacingState.None,
            Begun = SpacingState.None,
            BegunAt = SpacingState.None,
            BegunBy = SpacingState.None,
            BegunBefore = SpacingState.None,
        };

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
            Run(ref state, new(decision.Grant.ValidAt, decision.Grant.ValidAt));
        }
        else
        {
            var at = decision.Grant.ValidAt;
            state.Slots.Insert(PlaceOf(state, at), new(at, at));
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
        var told = grant.ValidAt;
        var place = state.Slots.FindIndex(s => s.Told == told);
        if (place >= 0)
        {
            state.Slots.RemoveAt(place);
            return true;
        }

        // What was begun ran, or may still.
        if (told != state.LastTold || told == state.Begun || state.PriorRun == state.LastRun)
        {
            return false;
        }

        (state.LastRun, state.LastTold) = (state.PriorRun, state.PriorRun);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>There is one to give back: the call that ran last.</remarks>
    public void GiveBack(ref SpacingState state, long permits, long now)
    {
        Limits.CheckCost(permits);
        if (permits > 0)
        {
            Pass(ref state, now);
            Return(ref state, new Grant(1, state.LastTold), now);
        }
    }

    /// <inheritdoc/>
    public BeginAnswer Begin(ref SpacingState state, in Grant grant, long lagTicks, long now)
    {
        Pass(ref state, now);
        var told = grant.ValidAt;
        var isAgain = told == state.Begun;
        var place = state.Slots.FindIndex(s => s.Told == told);
        var free = After(isAgain ? state.BegunBefore : state.BegunBy);
        var slot = place >= 0 ? state.Slots[place].At : told == state.LastTold ? state.LastRun : told;
        var from = Math.Max(Ticks.Add(slot, lagTicks), free);
        if (from > state.Last)
        {
            return BeginAnswer.Wait(from - state.Last);
        }

        // Asked again, because the answer was lost: it is on time if it was.
        if (!isAgain && state.Last > Ticks.Add(from, _graceTicks))
        {
            return BeginAnswer.Expired;
        }

        Debug.Assert(place < 0, "A slot that has come is no reservation any more.");
        state.BegunBefore = isAgain ? state.BegunBefore : state.BegunBy;
        (state.Begun, state.BegunAt, state.BegunBy) = (told, state.Last, Math.Min(Ticks.Add(state.Last, _graceTicks), Ticks.MaxInstant));
        Move(ref state);
        return BeginAnswer.Begun(_graceTicks);
    }

    /// <inheritdoc/>
    public bool Ran(ref SpacingState state, in Grant grant, long ranAt, long now)
    {
        Pass(ref state, now);
        if (grant.ValidAt != state.Begun || state.BegunAt == SpacingState.None)
        {
            return false;
        }

        // What is told is never before the call; it may be long after it where the message took its time, but a call that was
        // begun runs within its grace.
        state.BegunAt = state.BegunBy = Math.Clamp(ranAt, state.BegunAt, state.BegunBy);
        Move(ref state);
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
            // Whoever was given it may have begun just then.
            Run(ref state, new(now, now));
            (state.BegunAt, state.BegunBy) = (now, Math.Min(Ticks.Add(now, _graceTicks), Ticks.MaxInstant));
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
        return (lastRun, priorRun) == (storedLast, storedPrior)
            && (actual.Begun, actual.BegunAt, actual.BegunBy, actual.BegunBefore) == (stored.Begun, stored.BegunAt, stored.BegunBy, stored.BegunBefore)
            && actual.Slots.EndsAs(stored.Slots, next, storedNext);
    }

    /// <inheritdoc/>
    public byte[] Save(in SpacingState state)
    {
        var isPlain = state.BegunBy == SpacingState.None && state.LastTold == state.LastRun && state.Slots.FindIndex(s => s.Told != s.At) < 0;
        var writer = new StateWriter(isPlain ? StateKind : BegunKind).Add(state.Last).Add(state.LastRun).Add(state.PriorRun).Add((long)state.Slots.Count);
        for (var i = 0; i < state.Slots.Count; i++)
        {
            writer.Add(state.Slots[i].At);
        }

        return isPlain ? writer.ToArray() : SaveBegun(writer, state);
    }

    /// <inheritdoc/>
    public SpacingState Restore(ReadOnlySpan<byte> saved)
    {
        var hasBegun = !saved.IsEmpty && saved[0] == BegunKind.Number;
        var reader = new StateReader(saved, hasBegun ? BegunKind : StateKind);
        var state = Create(reader.Instant());
        state.LastRun = state.LastTold = reader.Long(SpacingState.None, Ticks.MaxInstant);
        state.PriorRun = reader.Long(SpacingState.None, state.LastRun);
        var count = reader.Count(itemBytes: 8);
        var before = state.LastRun;
        for (var i = 0; i < count; i++)
        {
            before = reader.Long(before + 1, Ticks.MaxInstant);
            state.Slots.Add(new(before, before));
        }

        if (hasBegun)
        {
            RestoreBegun(ref reader, ref state);
        }

        reader.End();
        return state;
    }

    private static byte[] SaveBegun(StateWriter writer, in SpacingState state)
    {
        writer.Add(state.LastTold).Add(state.Begun).Add(state.BegunAt).Add(state.BegunBy).Add(state.BegunBefore);
        for (var i = 0; i < state.Slots.Count; i++)
        {
            writer.Add(state.Slots[i].Told);
        }

        return writer.ToArray();
    }

    private static void RestoreBegun(ref StateReader reader, ref SpacingState state)
    {
        state.LastTold = reader.Long(SpacingState.None, state.LastRun);
        state.Begun = reader.Long(SpacingState.None, Ticks.MaxInstant);
        state.BegunAt = reader.Long(SpacingState.None, Ticks.MaxInstant);
        state.BegunBy = reader.Long(state.BegunAt, Ticks.MaxInstant);
        state.BegunBefore = reader.Long(SpacingState.None, Ticks.MaxInstant);
        for (var i = 0; i < state.Slots.Count; i++)
        {
            state.Slots[i] = state.Slots[i] with { Told = reader.Long(0, state.Slots[i].At) };
        }
    }

    private static void Run(ref SpacingState state, SpacingSlot slot) =>
        (state.PriorRun, state.LastRun, state.LastTold) = (state.LastRun, slot.At, slot.Told);

    /// <summary>Moves the slots that have come to the past.</summary>
    private static void Pass(ref SpacingState state, long now)
    {
        state.Last = Math.Max(now, state.Last);
        while (state.Slots.Count > 0 && state.Slots[0].At <= state.Last)
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
        for (; next < state.Slots.Count && state.Slots[next].At <= seen; next++)
        {
            (last, prior) = (state.Slots[next].At, last);
        }

        return (last, prior, next);
    }

    private static int PlaceOf(in SpacingState state, long slot)
    {
        var place = 0;
        while (place < state.Slots.Count && state.Slots[place].At < slot)
        {
            place++;
        }

        return place;
    }

    /// <summary>Moves the slots that are closer than an interval behind the call that was begun, and those behind them.</summary>
    private void Move(ref SpacingState state)
    {
        var from = After(state.BegunAt);
        for (var i = 0; i < state.Slots.Count && state.Slots[i].At < from && from <= Ticks.MaxInstant; i++)
        {
            state.Slots[i] = state.Slots[i] with { At = from };
            from = After(from);
        }
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
        var slot = Math.Max(seen, Math.Max(After(state.LastRun), After(state.BegunAt)));
        var outstanding = 0;
        var isFound = false;
        for (var i = 0; i < state.Slots.Count; i++)
        {
            var reserved = state.Slots[i].At;
            outstanding += reserved > seen ? 1 : 0;
            isFound |= Ticks.Add(slot, _intervalTicks) <= reserved;
            slot = isFound ? slot : Math.Max(slot, After(reserved));
        }

        return (slot, outstanding);
    }

    private long After(long run) => run == SpacingState.None ? 0 : Ticks.Add(run, _intervalTicks);

    private long ResetAfter(in SpacingState state, long seen)
    {
        var newest = state.Slots.Count > 0 ? state.Slots[state.Slots.Count - 1].At : state.LastRun;
        return Math.Max(0, After(Math.Max(newest, state.BegunBy)) - seen);
    }
}
