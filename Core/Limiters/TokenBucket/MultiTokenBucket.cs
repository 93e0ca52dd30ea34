using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// A token bucket with several bandwidths, such as 20 at once with 10/s and 1,000 with 1,000/h: a call takes its permits from
/// all or from none, and the longest wait counts.
/// </summary>
/// <remarks>
/// <see cref="Limit"/> is the smallest capacity, and each bandwidth keeps the promise of <see cref="FluidLimiter"/>.
/// </remarks>
public sealed class MultiTokenBucket : ILimiter<MultiTokenBucketState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(2, "several bandwidths");

    private readonly FluidRate[] _rates;

    /// <summary>A bucket of these bandwidths.</summary>
    /// <param name="bandwidths">1 to <see cref="Limits.MaxBandwidths"/> of them, in any order.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number, or how many there are, is out of range.</exception>
    public MultiTokenBucket(params IReadOnlyList<Bandwidth> bandwidths)
    {
        if (bandwidths.Count is < 1 or > Limits.MaxBandwidths)
        {
            throw new ArgumentOutOfRangeException(
                nameof(bandwidths), bandwidths.Count, $"There are {bandwidths.Count} bandwidths; use 1 to {Limits.MaxBandwidths}.");
        }

        _rates = [.. bandwidths.Select(b => new FluidRate(b.Capacity, b.Refill))];
        Limit = _rates.Min(r => r.Capacity);
    }

    /// <inheritdoc/>
    public long Limit { get; }

    /// <inheritdoc/>
    public MultiTokenBucketState Create(long now) =>
        new() { Last = now, Levels = Array.ConvertAll(_rates, r => r.Full) };

    /// <inheritdoc/>
    public LimiterDecision Acquire(ref MultiTokenBucketState state, long cost, long now, long maxWaitTicks = 0)
    {
        Span<Int128> levels = stackalloc Int128[_rates.Length];
        var decision = Decide(state, cost, now, maxWaitTicks, levels);
        if (cost > 0 && cost <= Limit)
        {
            Store(ref state, levels, now);
        }

        return decision;
    }

    /// <inheritdoc/>
    public LimiterDecision Peek(in MultiTokenBucketState state, long cost, long now, long maxWaitTicks = 0) =>
        Decide(state, cost, now, maxWaitTicks, stackalloc Int128[_rates.Length]);

    /// <inheritdoc/>
    public bool Return(ref MultiTokenBucketState state, in Grant grant, long now)
    {
        if (grant.Permits <= 0)
        {
            return false;
        }

        Span<Int128> levels = stackalloc Int128[_rates.Length];
        RiseTo(state, now, levels);
        Store(ref state, levels, now);
        var wait = Wait(levels, 0);
        if (wait > 0 && grant.ValidAt != Ticks.Add(state.Last, wait))
        {
            return false;
        }

        var changed = false;
        for (var i = 0; i < levels.Length; i++)
        {
            var level = Int128.Min(_rates[i].Full, levels[i] + _rates[i].Units(Math.Min(grant.Permits, Limit)));
            changed |= level != levels[i];
            state.Levels[i] = level;
        }

        return changed;
    }

    /// <inheritdoc/>
    public void GiveBack(ref MultiTokenBucketState state, long permits, long now)
    {
        Limits.CheckCost(permits);
        Span<Int128> levels = stackalloc Int128[_rates.Length];
        RiseTo(state, now, levels);
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = Int128.Min(_rates[i].Full, levels[i] + _rates[i].Units(Math.Min(permits, Limits.MaxPermits)));
        }

        Store(ref state, levels, now);
    }

    /// <inheritdoc/>
    public bool UndoNewest(ref MultiTokenBucketState state, in MultiTokenBucketState before, in Grant grant, long now)
    {
        Span<Int128> levels = stackalloc Int128[_rates.Length];
        RiseTo(before, Math.Max(now, state.Last), levels);
        Store(ref state, levels, now);
        return true;
    }

    /// <inheritdoc/>
    public MultiTokenBucketState Copy(in MultiTokenBucketState state) =>
        new() { Last = state.Last, Levels = (Int128[])state.Levels.Clone() };

    /// <inheritdoc/>
    /// <remarks>
    /// With as many bandwidths as before, each is carried over from the one in its place. Otherwise each new one is carried
    /// over from every old one, and the least of that counts: so under <see cref="OnChange.Keep"/> it starts with what the old
    /// bucket as a whole could give, and no bandwidth that was used up is forgotten because another was not.
    /// </remarks>
    public MultiTokenBucketState CarryOver(
        in MultiTokenBucketState state, ILimiter<MultiTokenBucketState> previous, OnChange onChange, long now)
    {
        var old = (MultiTokenBucket)previous;
        var last = Math.Max(now, state.Last);
        if (onChange == OnChange.Reset)
        {
            return Create(last);
        }

        Span<Int128> before = stackalloc Int128[old._rates.Length];
        old.RiseTo(state, now, before);
        var carried = new MultiTokenBucketState { Last = last, Levels = new Int128[_rates.Length] };
        var isPaired = _rates.Length == before.Length;
        for (var i = 0; i < _rates.Length; i++)
        {
            var level = _rates[i].Full;
            var (first, end) = isPaired ? (i, i + 1) : (0, before.Length);
            for (var j = first; j < end; j++)
            {
                level = Int128.Min(level, _rates[i].CarryOver(before[j], old._rates[j], onChange, keepsUse: false));
            }

            carried.Levels[i] = level;
        }

        return carried;
    }

    /// <inheritdoc/>
    /// <remarks>With the whole limit remaining it is new: every bandwidth is full.</remarks>
    public MultiTokenBucketState CreateWith(long remaining, long now) => remaining >= Limit
        ? Create(now)
        : new() { Last = now, Levels = Array.ConvertAll(_rates, r => r.Units(Math.Max(0, remaining))) };

    /// <inheritdoc/>
    public bool IsNew(in MultiTokenBucketState state, long now)
    {
        Span<Int128> levels = stackalloc Int128[_rates.Length];
        RiseTo(state, now, levels);
        return UntilFull(levels) == 0;
    }

    /// <inheritdoc/>
    public bool TrySetAside(ref MultiTokenBucketState state, long permits, long now)
    {
        Span<Int128> levels = stackalloc Int128[_rates.Length];
        RiseTo(state, now, levels);
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = _rates[i].SetAside(levels[i], Math.Min(permits, Limits.MaxPermits));
        }

        Store(ref state, levels, now);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>In every bandwidth: of two levels that rise alike the lower stays so.</remarks>
    public bool Covers(in MultiTokenBucketState stored, in MultiTokenBucketState actual, long now)
    {
        Span<Int128> low = stackalloc Int128[_rates.Length];
        Span<Int128> high = stackalloc Int128[_rates.Length];
        RiseTo(stored, Math.Max(now, actual.Last), low);
        RiseTo(actual, now, high);
        var covers = true;
        for (var i = 0; i < low.Length; i++)
        {
            covers &= low[i] <= high[i];
        }

        return covers;
    }

    /// <inheritdoc/>
    public byte[] Save(in MultiTokenBucketState state)
    {
        var writer = new StateWriter(StateKind).Add(state.Last).Add((long)_rates.Length);
        for (var i = 0; i < _rates.Length; i++)
        {
            writer.Add(_rates[i].UnitsPerPermit).Add(state.Levels[i]);
        }

        return writer.ToArray();
    }

    /// <inheritdoc/>
    public MultiTokenBucketState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, StateKind);
        var state = new MultiTokenBucketState { Last = reader.Instant(), Levels = new Int128[_rates.Length] };
        var count = reader.Count(itemBytes: 24);
        if (count != _rates.Length)
        {
            throw new FormatException($"The saved state has {count} bandwidths, the limiter {_rates.Length}.");
        }

        for (var i = 0; i < count; i++)
        {
            var unitsPerPermit = reader.Long(1, Limits.MaxPeriodTicks);
            state.Levels[i] = _rates[i].Clamp(_rates[i].Convert(reader.Int128(), unitsPerPermit));
        }

        reader.End();
        return state;
    }

    private static void Store(ref MultiTokenBucketState state, ReadOnlySpan<Int128> levels, long now)
    {
        levels.CopyTo(state.Levels);
        state.Last = Math.Max(now, state.Last);
    }

    private LimiterDecision Decide(
        in MultiTokenBucketState state, long cost, long now, long maxWaitTicks, Span<Int128> levels)
    {
        Limits.CheckCost(cost);
        RiseTo(state, now, levels);
        var seen = Math.Max(now, state.Last);
        if (cost > Limit)
        {
            return LimiterDecision.TooLarge(Limit, Permits(levels), UntilFull(levels));
        }

        var wait = cost == 0 ? 0 : Wait(levels, cost);
        if (wait > Math.Min(maxWaitTicks, Ticks.MaxInstant - seen) && wait > 0)
        {
            return LimiterDecision.Refused(Limit, Permits(levels), wait, UntilFull(levels));
        }

        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = _rates[i].Take(levels[i], cost, wait);
        }

        return LimiterDecision.Allowed(
            Limit, Permits(levels), wait, UntilFull(levels), new Grant(cost, Ticks.Add(seen, wait)));
    }

    private void RiseTo(in MultiTokenBucketState state, long now, Span<Int128> levels)
    {
        var elapsed = Math.Max(0, now - state.Last);
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = _rates[i].Rise(state.Levels[i], elapsed);
        }
    }

    /// <summary>Ticks until every bandwidth has the permits.</summary>
    private long Wait(ReadOnlySpan<Int128> levels, long permits)
    {
        long wait = 0;
        for (var i = 0; i < levels.Length; i++)
        {
            wait = Math.Max(wait, _rates[i].TicksUntil(levels[i], _rates[i].Units(permits)));
        }

        return wait;
    }

    private long UntilFull(ReadOnlySpan<Int128> levels)
    {
        long wait = 0;
        for (var i = 0; i < levels.Length; i++)
        {
            wait = Math.Max(wait, _rates[i].TicksUntil(levels[i], _rates[i].Full));
        }

        return wait;
    }

    private long Permits(ReadOnlySpan<Int128> levels)
    {
        var permits = Limit;
        for (var i = 0; i < levels.Length; i++)
        {
            permits = Math.Min(permits, _rates[i].Permits(levels[i]));
        }

        return permits;
    }
}
