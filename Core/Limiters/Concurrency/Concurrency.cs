using System.Security.Cryptography;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// At most so many permits held at once. Each grant is a lease: its holder returns it when done and renews it while it works;
/// a lease that is not renewed ends one lease time after it was granted or last renewed, exactly then.
/// </summary>
/// <remarks>
/// Nobody knows when a holder will return, so nothing is reserved ahead: a call is granted now or refused, whatever wait it
/// offers, with the time by which enough leases end if none is renewed or returned. That time is a bound, not a promise.
/// A lease is named by 128 random bits, so that only its holder can renew or return it.
/// Rule changes keep the leases, in every mode but <see cref="OnChange.Reset"/>; a renewal uses the new lease time.
/// </remarks>
public sealed class Concurrency : ILeaseLimiter<ConcurrencyState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(7, "leases");

    private const int LeaseBytes = 32;
    private readonly long _leaseTicks;
    private readonly Func<Guid> _newLeaseId;

    /// <summary>At most <paramref name="limit"/> permits held at once.</summary>
    /// <param name="limit">1 to <see cref="Limits.MaxPermits"/>; memory is 32 bytes a lease.</param>
    /// <param name="leaseTicks">1 µs to 400 days, in ticks.</param>
    /// <param name="newLeaseId">
    /// Gives each lease its name, never the same twice and never <see cref="Guid.Empty"/>; null for 128 bits of the system's
    /// cryptographic random numbers. A simulation gives one with a seed.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Concurrency(long limit, long leaseTicks, Func<Guid>? newLeaseId = null)
    {
        Limit = Limits.CheckPermits(limit, nameof(limit));
        _leaseTicks = Limits.CheckPeriod(leaseTicks, nameof(leaseTicks));
        _newLeaseId = newLeaseId ?? RandomLeaseId;
    }

    /// <inheritdoc/>
    public long Limit { get; }

    /// <inheritdoc/>
    public ConcurrencyState Create(long now) => new() { Last = now };

    /// <inheritdoc/>
    public LimiterDecision Acquire(ref ConcurrencyState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        if (cost == 0 || cost > Limit)
        {
            return Decide(state, cost, now);
        }

        End(ref state, now);
        var decision = Decide(state, cost, now);
        if (!decision.IsAllowed)
        {
            return decision;
        }

        var grant = decision.Grant with { LeaseId = _newLeaseId() };
        Add(ref state, grant);
        return decision.With(grant);
    }

    /// <inheritdoc/>
    /// <remarks>The grant of the answer names no lease.</remarks>
    public LimiterDecision Peek(in ConcurrencyState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        return Decide(state, cost, now);
    }

    /// <inheritdoc/>
    public bool Return(ref ConcurrencyState state, in Grant grant, long now)
    {
        End(ref state, now);
        if (PlaceOf(state, grant.LeaseId) is not { } place)
        {
            return false;
        }

        state.Held -= state.Leases[place].Permits;
        state.Leases.RemoveAt(place);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>The leases that would end last are the first to give.</remarks>
    public void GiveBack(ref ConcurrencyState state, long permits, long now)
    {
        Limits.CheckCost(permits);
        End(ref state, now);
        while (permits > 0 && state.Leases.Count > 0)
        {
            var last = state.Leases.Count - 1;
            var given = Math.Min(permits, state.Leases[last].Permits);
            state.Held -= given;
            permits -= given;
            if (given == state.Leases[last].Permits)
            {
                state.Leases.RemoveAt(last);
            }
            else
            {
                state.Leases[last] = state.Leases[last] with { Permits = state.Leases[last].Permits - given };
            }
        }
    }

    /// <inheritdoc/>
    public long? Renew(ref ConcurrencyState state, Guid leaseId, long now)
    {
        End(ref state, now);
        if (PlaceOf(state, leaseId) is not { } place)
        {
            return null;
        }

        var lease = state.Leases[place] with { ExpiresAt = Ticks.Add(state.Last, _leaseTicks) };
        state.Leases.RemoveAt(place);
        InsertByExpiry(ref state, lease);
        return lease.ExpiresAt;
    }

    /// <inheritdoc/>
    public ConcurrencyState CarryOver(in ConcurrencyState state, ILimiter<ConcurrencyState> previous, OnChange onChange, long now)
    {
        var carried = state;
        carried.Leases = state.Leases.Copy();
        End(ref carried, now);
        return onChange == OnChange.Reset ? Create(carried.Last) : carried;
    }

    /// <inheritdoc/>
    /// <remarks>What is not remaining is held by a lease that nobody has; it ends after one lease time.</remarks>
    public ConcurrencyState CreateWith(long remaining, long now)
    {
        var state = Create(now);
        if (Math.Clamp(remaining, 0, Limit) is var left && left < Limit)
        {
            Add(ref state, GrantOf(Limit - left, now) with { LeaseId = _newLeaseId() });
        }

        return state;
    }

    /// <inheritdoc/>
    public bool IsNew(in ConcurrencyState state, long now) => ResetAfter(state, Math.Max(now, state.Last)) == 0;

    /// <inheritdoc/>
    /// <remarks>When the leases that have not ended are the same.</remarks>
    public bool Covers(in ConcurrencyState stored, in ConcurrencyState actual, long now)
    {
        var seen = Math.Max(now, actual.Last);
        return actual.Leases.EndsAs(stored.Leases, FirstHeld(actual, seen), FirstHeld(stored, seen));
    }

    /// <inheritdoc/>
    public byte[] Save(in ConcurrencyState state)
    {
        var writer = new StateWriter(StateKind).Add(state.Last).Add((long)state.Leases.Count);
        for (var i = 0; i < state.Leases.Count; i++)
        {
            var (id, permits, expiresAt) = state.Leases[i];
            writer.Add(id).Add(permits).Add(expiresAt);
        }

        return writer.ToArray();
    }

    /// <inheritdoc/>
    public ConcurrencyState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, StateKind);
        var state = Create(reader.Instant());
        var count = reader.Count(LeaseBytes);
        long before = 0;
        for (var i = 0; i < count; i++)
        {
            var id = reader.Guid();
            var permits = reader.Long(1, Limits.MaxPermits - state.Held);
            before = reader.Long(before, Ticks.Never);
            state.Held += permits;
            state.Leases.Add(new(id, permits, before));
        }

        reader.End();
        return state;
    }

    private static void Add(ref ConcurrencyState state, in Grant grant)
    {
        state.Held += grant.Permits;
        InsertByExpiry(ref state, new(grant.LeaseId, grant.Permits, grant.ExpiresAt));
    }

    /// <summary>Leases come in order of expiry, except after the lease time was shortened.</summary>
    private static void InsertByExpiry(ref ConcurrencyState state, Lease lease)
    {
        var place = state.Leases.Count;
        while (place > 0 && state.Leases[place - 1].ExpiresAt > lease.ExpiresAt)
        {
            place--;
        }

        state.Leases.Insert(place, lease);
    }

    private static void End(ref ConcurrencyState state, long now)
    {
        state.Last = Math.Max(now, state.Last);
        while (state.Leases.Count > 0 && state.Leases[0].ExpiresAt <= state.Last)
        {
            state.Held -= state.Leases[0].Permits;
            state.Leases.RemoveFirst();
        }
    }

    private static int FirstHeld(in ConcurrencyState state, long seen)
    {
        var first = 0;
        while (first < state.Leases.Count && state.Leases[first].ExpiresAt <= seen)
        {
            first++;
        }

        return first;
    }

    private static int? PlaceOf(in ConcurrencyState state, Guid leaseId)
    {
        for (var i = 0; i < state.Leases.Count; i++)
        {
            if (state.Leases[i].Id == leaseId)
            {
                return i;
            }
        }

        return null;
    }

    private static Guid RandomLeaseId()
    {
        // Not Guid.NewGuid: six of its bits are fixed.
        Span<byte> bits = stackalloc byte[16];
        RandomNumberGenerator.Fill(bits);
        return new(bits);
    }

    private Grant GrantOf(long permits, long now) => new(permits, now, Ticks.Add(now, _leaseTicks));

    private LimiterDecision Decide(in ConcurrencyState state, long cost, long now)
    {
        var seen = Math.Max(now, state.Last);
        var (held, freedAt) = Held(state, Math.Min(cost, Limit), seen);
        var remaining = Math.Max(0, Limit - held);
        var resetAfter = ResetAfter(state, seen);
        if (cost > Limit)
        {
            return LimiterDecision.TooLarge(Limit, remaining, resetAfter);
        }

        if (cost > remaining)
        {
            return LimiterDecision.Refused(Limit, remaining, freedAt - seen, resetAfter);
        }

        if (cost == 0)
        {
            return LimiterDecision.Allowed(Limit, remaining, 0, resetAfter, new Grant(0, seen));
        }

        var grant = GrantOf(cost, seen);
        resetAfter = Math.Max(resetAfter, grant.ExpiresAt - seen);
        return LimiterDecision.Allowed(Limit, remaining - cost, 0, resetAfter, grant);
    }

    /// <summary>Permits held now, and the first instant by which leases enough for the cost have ended.</summary>
    private (long Held, long FreedAt) Held(in ConcurrencyState state, long cost, long seen)
    {
        var held = state.Held;
        var surplus = held + cost - Limit;
        var freedAt = seen;
        for (var i = 0; i < state.Leases.Count && (surplus > 0 || state.Leases[i].ExpiresAt <= seen); i++)
        {
            var (_, permits, expiresAt) = state.Leases[i];
            held -= expiresAt <= seen ? permits : 0;
            surplus -= permits;
            freedAt = expiresAt;
        }

        return (held, Math.Max(seen, freedAt));
    }

    private static long ResetAfter(in ConcurrencyState state, long seen)
    {
        var lastLease = state.Leases.Count > 0 ? state.Leases[state.Leases.Count - 1].ExpiresAt : 0;
        return Math.Max(0, lastLease - seen);
    }
}
