using System.Numerics;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// Exact: in every interval of one window's length, wherever it starts, at most the limit. A permit taken at x counts until
/// just before x + window.
/// </summary>
/// <remarks>
/// Memory: 16 bytes for each instant at which something was taken, equal instants merged, in an array at most four times as
/// long; so at most 64 bytes × limit a bucket, and as much again for each window that is reserved ahead. Grants can be given
/// back in any order.
/// </remarks>
public sealed class SlidingLog : ILimiter<SlidingLogState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(4, "sliding log");


    // All that can be reserved ahead in one bucket: over a thousand windows of the largest limit.
    private const long MaxTotal = long.MaxValue;
    private readonly long _windowTicks;

    /// <summary>At most <paramref name="limit"/> permits in any window.</summary>
    /// <param name="limit">1 to <see cref="Limits.MaxPermits"/>; mind the memory.</param>
    /// <param name="windowTicks">1 µs to 400 days, in ticks.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public SlidingLog(long limit, long windowTicks)
    {
        Limit = Limits.CheckPermits(limit, nameof(limit));
        _windowTicks = Limits.CheckPeriod(windowTicks, nameof(windowTicks));
    }

    /// <inheritdoc/>
    public long Limit { get; }

    /// <inheritdoc/>
    public SlidingLogState Create(long now) => new() { Last = now };

    /// <inheritdoc/>
    public LimiterDecision Acquire(ref SlidingLogState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        if (cost == 0 || cost > Limit)
        {
            return Decide(state, cost, now, maxWaitTicks);
        }

        Forget(ref state, now);
        var decision = Decide(state, cost, now, maxWaitTicks);
        if (!decision.IsAllowed)
        {
            return decision;
        }

        Append(ref state, decision.Grant.ValidAt, cost);
        return LimiterDecision.Allowed(
            Limit, Remaining(state, 0, state.Last), decision.DelayTicks, ResetAfter(state, state.Last), decision.Grant);
    }

    /// <inheritdoc/>
    public LimiterDecision Peek(in SlidingLogState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        var decision = Decide(state, cost, now, maxWaitTicks);
        if (!decision.IsAllowed || cost == 0)
        {
            return decision;
        }

        var seen = Math.Max(now, state.Last);
        var remaining = decision.DelayTicks > 0 ? 0 : decision.Remaining - cost;
        var end = decision.Grant.ValidAt + _windowTicks - seen;
        return LimiterDecision.Allowed(Limit, remaining, decision.DelayTicks, end, decision.Grant);
    }

    /// <inheritdoc/>
    /// <remarks>Takes from the entry of the grant's instant, and what that lacks from those before it, the newest first.</remarks>
    public bool Return(ref SlidingLogState state, in Grant grant, long now)
    {
        Forget(ref state, now);
        var left = grant.Permits;
        for (var i = state.Entries.Count - 1; i >= 0 && left > 0; i--)
        {
            if (state.Entries[i].At > grant.ValidAt)
            {
                continue;
            }

            var given = Math.Min(left, state.Entries[i].Permits);
            state.Entries[i].Permits -= given;
            state.Total -= given;
            left -= given;
            if (state.Entries[i].Permits == 0)
            {
                state.Entries.RemoveAt(i);
            }
        }

        return left < grant.Permits;
    }

    /// <inheritdoc/>
    public void GiveBack(ref SlidingLogState state, long permits, long now)
    {
        Limits.CheckCost(permits);
        Return(ref state, new Grant(permits, Ticks.Never), now);
    }

    /// <inheritdoc/>
    /// <remarks>Keeps the entries; what the old window has forgotten a longer new one does not remember.</remarks>
    public SlidingLogState CarryOver(in SlidingLogState state, ILimiter<SlidingLogState> previous, OnChange onChange, long now)
    {
        var old = (SlidingLog)previous;
        var last = Math.Max(now, state.Last);
        if (onChange == OnChange.Reset)
        {
            return Create(last);
        }

        var first = old.FirstInWindow(state, last);
        var scaled = onChange == OnChange.Proportional ? Scaled(state, first, old.Limit) : [];
        var carried = Create(last);
        for (var i = first; i < state.Entries.Count; i++)
        {
            var (at, permits) = state.Entries[i];
            permits = onChange == OnChange.Proportional ? scaled[i - first] : permits;
            if (permits > 0 && at > last - _windowTicks)
            {
                Append(ref carried, at, permits);
            }
        }

        return carried;
    }

    /// <inheritdoc/>
    public SlidingLogState CreateWith(long remaining, long now)
    {
        var state = Create(now);
        if (Math.Clamp(remaining, 0, Limit) is var left && left < Limit)
        {
            Append(ref state, now, Limit - left);
        }

        return state;
    }

    /// <inheritdoc/>
    public bool IsNew(in SlidingLogState state, long now) => FirstInWindow(state, Math.Max(now, state.Last)) == state.Entries.Count;

    /// <inheritdoc/>
    /// <remarks>When the entries that still count are the same.</remarks>
    public bool Covers(in SlidingLogState stored, in SlidingLogState actual, long now)
    {
        var seen = Math.Max(now, actual.Last);
        return actual.Entries.EndsAs(stored.Entries, FirstInWindow(actual, seen), FirstInWindow(stored, seen));
    }

    /// <inheritdoc/>
    public byte[] Save(in SlidingLogState state)
    {
        var writer = new StateWriter(StateKind).Add(state.Last).Add((long)state.Entries.Count);
        for (var i = 0; i < state.Entries.Count; i++)
        {
            writer.Add(state.Entries[i].At).Add(state.Entries[i].Permits);
        }

        return writer.ToArray();
    }

    /// <inheritdoc/>
    public SlidingLogState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, StateKind);
        var state = Create(reader.Instant());
        var count = reader.Count(itemBytes: 16);
        long before = 0;
        for (var i = 0; i < count; i++)
        {
            before = reader.Long(before, Ticks.MaxInstant);
            Append(ref state, before, reader.Long(1, MaxTotal - state.Total));
        }

        reader.End();
        return state;
    }

    /// <summary>
    /// The permits of the entries from <paramref name="first"/> on, scaled to this limit. Not each is rounded up but what
    /// remains from each on, so that at no later time the sum is less than its share, nor more by a whole permit.
    /// </summary>
    private long[] Scaled(in SlidingLogState state, int first, long oldLimit)
    {
        var scaled = new long[state.Entries.Count - first];
        BigInteger sum = 0;
        BigInteger before = 0;
        for (var i = scaled.Length - 1; i >= 0; i--)
        {
            sum += state.Entries[first + i].Permits;
            var share = BigInteger.Min(MaxTotal, ((sum * Limit) + oldLimit - 1) / oldLimit);
            scaled[i] = (long)(share - before);
            before = share;
        }

        return scaled;
    }

    private static void Append(ref SlidingLogState state, long at, long permits)
    {
        state.Total += permits;
        if (state.Entries.Count > 0 && state.Entries[state.Entries.Count - 1].At == at)
        {
            state.Entries[state.Entries.Count - 1].Permits += permits;
        }
        else
        {
            state.Entries.Add(new(at, permits));
        }
    }

    private void Forget(ref SlidingLogState state, long now)
    {
        state.Last = Math.Max(now, state.Last);
        while (state.Entries.Count > 0 && state.Entries[0].At <= state.Last - _windowTicks)
        {
            state.Total -= state.Entries[0].Permits;
            state.Entries.RemoveFirst();
        }
    }

    private int FirstInWindow(in SlidingLogState state, long now)
    {
        var first = 0;
        while (first < state.Entries.Count && state.Entries[first].At <= now - _windowTicks)
        {
            first++;
        }

        return first;
    }

    /// <summary>The answer before anything is taken.</summary>
    private LimiterDecision Decide(in SlidingLogState state, long cost, long now, long maxWaitTicks)
    {
        var seen = Math.Max(now, state.Last);
        var first = FirstInWindow(state, seen);
        var remaining = Remaining(state, first, seen);
        var resetAfter = ResetAfter(state, seen);
        if (cost > Limit)
        {
            return LimiterDecision.TooLarge(Limit, remaining, resetAfter);
        }

        if (cost == 0)
        {
            return LimiterDecision.Allowed(Limit, remaining, 0, resetAfter, new Grant(0, seen));
        }

        var wait = Earliest(state, first, cost, seen) - seen;
        var isInTime = wait <= Math.Min(maxWaitTicks, Ticks.MaxInstant - seen) && cost <= MaxTotal - InWindow(state, first);
        return wait > 0 && !isInTime
            ? LimiterDecision.Refused(Limit, remaining, wait, resetAfter)
            : LimiterDecision.Allowed(Limit, remaining, wait, resetAfter, new Grant(cost, seen + wait));
    }

    /// <summary>The first instant, not before the newest entry, at which enough entries have left the window.</summary>
    private long Earliest(in SlidingLogState state, int first, long cost, long seen)
    {
        var count = state.Entries.Count;
        var earliest = count > first ? Math.Max(seen, state.Entries[count - 1].At) : seen;
        var surplus = InWindow(state, first) + (cost - Limit);
        for (var i = first; surplus > 0; i++)
        {
            surplus -= state.Entries[i].Permits;
            if (surplus <= 0)
            {
                earliest = Math.Max(earliest, state.Entries[i].At + _windowTicks);
            }
        }

        return earliest;
    }

    private long Remaining(in SlidingLogState state, int first, long seen)
    {
        var count = state.Entries.Count;
        var isReservedAhead = count > 0 && state.Entries[count - 1].At > seen;
        return isReservedAhead ? 0 : Math.Max(0, Limit - InWindow(state, first));
    }

    private long ResetAfter(in SlidingLogState state, long seen)
    {
        var count = state.Entries.Count;
        return count == 0 ? 0 : Math.Max(0, state.Entries[count - 1].At + _windowTicks - seen);
    }

    private static long InWindow(in SlidingLogState state, int first)
    {
        var total = state.Total;
        for (var i = 0; i < first; i++)
        {
            total -= state.Entries[i].Permits;
        }

        return total;
    }
}
