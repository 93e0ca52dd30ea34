using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>What token bucket, GCRA and leaky bucket share: one level that rises at a steady rate, exact to the last unit.</summary>
/// <remarks>
/// Admitted at the granted instants, in any interval: at most capacity + rate × interval, exactly. Reservations and their
/// rounding to ticks are within that, not on top of it. What is given back after its instant counts as admitted less from then
/// on, not before: a bucket cannot know what would have overflowed meanwhile.
/// </remarks>
public abstract class FluidLimiter : ILimiter<TokenBucketState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(1, "level");

    private readonly FluidRate _rate;

    // The most permits that one call can take if it waits for them; above the limit where debt is allowed.
    private readonly long _mostPermits;

    private protected FluidLimiter(long capacity, Rate rate, long debt = 0)
    {
        _rate = new(capacity, rate);
        _mostPermits = debt >= 0 && debt <= Limits.MaxPermits - capacity
            ? capacity + debt
            : throw new ArgumentOutOfRangeException(nameof(debt), debt, $"debt is {debt}; use 0 to {Limits.MaxPermits - capacity}.");
    }

    /// <inheritdoc/>
    public long Limit => _rate.Capacity;

    /// <summary>Whether <see cref="OnChange.Keep"/> keeps what is used rather than what is left.</summary>
    private protected virtual bool KeepsUse => false;

    /// <inheritdoc/>
    public TokenBucketState Create(long now) => new(_rate.Full, now);

    /// <inheritdoc/>
    public LimiterDecision Acquire(ref TokenBucketState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        if (cost == 0 || cost > _mostPermits)
        {
            return Decide(state, cost, now, maxWaitTicks, out _);
        }

        var decision = Decide(state, cost, now, maxWaitTicks, out var next);
        state = next;
        return decision;
    }

    /// <inheritdoc/>
    public LimiterDecision Peek(in TokenBucketState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        return Decide(state, cost, now, maxWaitTicks, out _);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A reservation's permits come back, but not what overflowed in the tick that its wait was rounded up to. After that the
    /// reservation before it may not be known as the last any more; <see cref="UndoNewest"/> is exact.
    /// </remarks>
    public bool Return(ref TokenBucketState state, in Grant grant, long now)
    {
        if (grant.Permits <= 0)
        {
            return false;
        }

        state = At(state, now);
        var level = state.Level;
        if (level < 0 && grant.ValidAt != Ticks.Add(state.Last, _rate.TicksUntil(level, 0)))
        {
            return false;
        }

        state.Level = Int128.Min(_rate.Full, level + _rate.Units(Math.Min(grant.Permits, _mostPermits)));
        return state.Level != level;
    }

    /// <inheritdoc/>
    public bool UndoNewest(ref TokenBucketState state, in TokenBucketState before, in Grant grant, long now)
    {
        state = At(before, Math.Max(now, state.Last));
        return true;
    }

    /// <inheritdoc/>
    public TokenBucketState CarryOver(in TokenBucketState state, ILimiter<TokenBucketState> previous, OnChange onChange, long now)
    {
        var old = ((FluidLimiter)previous)._rate;
        var last = Math.Max(now, state.Last);
        if (onChange == OnChange.Reset)
        {
            return Create(last);
        }

        var level = old.Rise(state.Level, last - state.Last);
        return new(_rate.CarryOver(level, old, onChange, KeepsUse), last);
    }

    /// <inheritdoc/>
    public TokenBucketState CreateWith(long remaining, long now) => new(_rate.Units(Math.Clamp(remaining, 0, Limit)), now);

    /// <inheritdoc/>
    public bool IsNew(in TokenBucketState state, long now) => At(state, now).Level == _rate.Full;

    /// <inheritdoc/>
    public bool TrySetAside(ref TokenBucketState state, long permits, long now)
    {
        state = At(state, now);
        state.Level = _rate.SetAside(state.Level, Math.Min(permits, Limits.MaxPermits));
        return true;
    }

    /// <inheritdoc/>
    public bool TryCharge(ref TokenBucketState state, long permits, long now)
    {
        state = At(state, now);
        state.Level = _rate.Charge(state.Level, Math.Clamp(permits, -Limits.MaxPermits, Limits.MaxPermits));
        return true;
    }

    /// <inheritdoc/>
    public long MissingOf(in TokenBucketState state, long now) => _rate.PermitsUp(_rate.Full - At(state, now).Level);

    /// <summary>Whole permits in the bucket, below zero where it is in debt; rounded down.</summary>
    internal long LevelOf(in TokenBucketState state, long now) => Limit - MissingOf(state, now);

    /// <inheritdoc/>
    /// <remarks>Of two levels that rise alike the lower stays so, and what is taken from both keeps them apart.</remarks>
    public bool Covers(in TokenBucketState stored, in TokenBucketState actual, long now)
    {
        var seen = Math.Max(now, actual.Last);
        return At(stored, seen).Level <= At(actual, seen).Level;
    }

    /// <inheritdoc/>
    public byte[] Save(in TokenBucketState state) =>
        new StateWriter(StateKind).Add(state.Last).Add(_rate.UnitsPerPermit).Add(state.Level).ToArray();

    /// <inheritdoc/>
    public TokenBucketState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, StateKind);
        var last = reader.Instant();
        var unitsPerPermit = reader.Long(1, Limits.MaxPeriodTicks);
        var level = reader.Int128();
        reader.End();
        return new(_rate.Clamp(_rate.Convert(level, unitsPerPermit)), last);
    }

    /// <summary>When the level will be full, in ticks after what <paramref name="state"/> has seen.</summary>
    private protected long TicksUntilFull(in TokenBucketState state) => UntilFull(state.Level);

    /// <summary>Whether a call that has to wait is granted its wait.</summary>
    /// <param name="state">The level now.</param>
    /// <param name="wait">The wait it needs, at least 1.</param>
    /// <param name="maxWaitTicks">The longest that it would wait.</param>
    /// <returns>0 where it is; else how long until the same call passes if nobody else comes.</returns>
    private protected virtual long RetryIn(in TokenBucketState state, long wait, long maxWaitTicks) =>
        wait > Math.Min(maxWaitTicks, Ticks.MaxInstant - state.Last) ? wait : 0;

    private TokenBucketState At(in TokenBucketState state, long now) =>
        now > state.Last ? new(_rate.Rise(state.Level, now - state.Last), now) : state;

    private LimiterDecision Decide(
        in TokenBucketState state, long cost, long now, long maxWaitTicks, out TokenBucketState next)
    {
        next = At(state, now);
        var level = next.Level;
        var wait = cost == 0 || cost > _mostPermits ? 0 : _rate.TicksUntil(level, _rate.Units(cost));
        var retry = wait > 0 ? RetryIn(next, wait, maxWaitTicks) : 0;

        // A bucket never holds more than its capacity: who will not wait for a debt would never be served.
        if (cost > _mostPermits || (retry > 0 && cost > Limit))
        {
            return LimiterDecision.TooLarge(Limit, _rate.Permits(level), UntilFull(level));
        }

        if (retry > 0)
        {
            return LimiterDecision.Refused(Limit, _rate.Permits(level), retry, UntilFull(level));
        }

        level = _rate.Take(level, cost, wait);
        next.Level = level;
        return LimiterDecision.Allowed(
            Limit, _rate.Permits(level), wait, UntilFull(level), new Grant(cost, Ticks.Add(next.Last, wait)));
    }

    private long UntilFull(Int128 level) => _rate.TicksUntil(level, _rate.Full);
}
