using System.Diagnostics;
using System.Numerics;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// A leaky bucket as a meter whose leak is multiplied by a factor that follows its level: an emptier bucket leaks faster, a
/// fuller one slower, in between the factor goes back to 1. It starts empty, with a factor of 1.
/// </summary>
/// <remarks>
/// <para>Admitted at the granted instants, in any interval: at most capacity + ceiling × leak × interval. A bucket that is kept
/// full leaks at floor × leak: that is the promise to those who wait.</para>
/// <para><b>Elapsed.</b> At each whole multiple of the interval the bucket drains up to that instant and looks at its level: up to low the
/// factor is multiplied by the low factor, from high on by the high factor; in between, and where it has run empty, it goes 5 %
/// nearer to 1, and reaches it. It is never below its floor nor above its ceiling. Between these instants it stays. Products and quotients
/// are rounded to the nearest billionth, halves up. Who asks, and how often, changes nothing; asked once in a year, it answers as if it had
/// been watched all the time.</para>
/// <para><b>Per call.</b> As asyncutils.buckets does: calls that do not wait adjust nothing; one that may wait adjusts once, and
/// again each time it looks while it waits. Between low and high a factor below 1 rises by 5 %, one above 1 stays, and changes of
/// at most 1 % are not made. One difference: a bucket that has run empty is as new, its factor 1.</para>
/// <para>Reservations are made at the instant at which there will be room if nobody else comes, and whoever comes later is
/// served after them; so one that is given back before its instant is only credited when it is the last.</para>
/// </remarks>
public sealed class AdaptiveLeakyBucket : IAdaptiveLimiter<AdaptiveState>
{
    /// <summary>The form in which its states are saved.</summary>
    internal static readonly StateKind StateKind = new(8, "adaptive leaky bucket");

    private readonly AdaptiveMeter _meter;
    private readonly AdaptiveNumbers _numbers;

    /// <summary>A bucket that holds <paramref name="capacity"/> and leaks at <paramref name="leak"/> times a factor.</summary>
    /// <param name="capacity">1 to <see cref="AdaptiveNumbers.MaxCapacity"/>.</param>
    /// <param name="leak">1 to <see cref="Limits.MaxPermits"/> permits in 1 µs to 400 days.</param>
    /// <param name="numbers">How the factor follows the level.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public AdaptiveLeakyBucket(long capacity, Rate leak, AdaptiveNumbers numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        (_meter, _numbers) = (new(capacity, leak, numbers), numbers);
    }

    /// <inheritdoc/>
    public long Limit => _meter.Capacity;

    /// <inheritdoc/>
    public bool IsFactorSettable => _numbers.IsSettable;

    /// <inheritdoc/>
    public AdaptiveState Create(long now) => new() { Factor = Factor.One, At = now, Last = now };

    /// <inheritdoc/>
    public LimiterDecision Acquire(ref AdaptiveState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        var decision = Decide(state, cost, now, maxWaitTicks, out var next);
        if (cost > 0 && cost <= Limit)
        {
            state = next;
        }

        return decision;
    }

    /// <inheritdoc/>
    public LimiterDecision Peek(in AdaptiveState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        return Decide(state, cost, now, maxWaitTicks, out _);
    }

    /// <inheritdoc/>
    public bool Return(ref AdaptiveState state, in Grant grant, long now)
    {
        if (grant.Permits <= 0)
        {
            return false;
        }

        state = At(state, now);
        if (state.Level == 0 || (state.At > state.Last && grant.ValidAt != state.At))
        {
            return false;
        }

        state.Level = Int128.Max(0, state.Level - _meter.Units(Math.Min(grant.Permits, Limit)));
        return true;
    }

    /// <inheritdoc/>
    public bool UndoNewest(ref AdaptiveState state, in AdaptiveState before, in Grant grant, long now)
    {
        state = At(before, Math.Max(now, state.Last));
        return true;
    }

    /// <inheritdoc/>
    public AdaptiveState CarryOver(in AdaptiveState state, ILimiter<AdaptiveState> previous, OnChange onChange, long now)
    {
        var old = (AdaptiveLeakyBucket)previous;
        if (onChange == OnChange.Reset)
        {
            return Create(Math.Max(now, state.Last));
        }

        var carried = old.At(state, now);
        carried.Level = Carried(old._meter, carried.Level, onChange);
        carried.Factor = carried.Factor.Clamp(_numbers.MinFactor, _numbers.MaxFactor);
        return carried;
    }

    /// <inheritdoc/>
    public AdaptiveState CreateWith(long remaining, long now) =>
        Create(now) with { Level = _meter.Full - _meter.Units(Math.Clamp(remaining, 0, Limit)) };

    /// <inheritdoc/>
    public bool IsNew(in AdaptiveState state, long now) => At(state, now) is var seen && seen.At == seen.Last && _meter.IsNew(seen);

    /// <inheritdoc/>
    /// <remarks>When level, factor and instant are the same: a lower level may leak slower, so that nothing else is certain.</remarks>
    public bool Covers(in AdaptiveState stored, in AdaptiveState actual, long now)
    {
        var seen = Math.Max(now, actual.Last);
        var (one, other) = (At(stored, seen), At(actual, seen));
        return (one.Level, one.Factor, one.At) == (other.Level, other.Factor, other.At);
    }

    /// <inheritdoc/>
    public Factor FactorOf(in AdaptiveState state, long now) => At(state, now).Factor;

    /// <inheritdoc/>
    public Factor SetFactor(ref AdaptiveState state, Factor factor, long now)
    {
        if (!IsFactorSettable)
        {
            throw new InvalidOperationException("The factor of this bucket may not be set; its rule does not say 'settable: true'.");
        }

        state = At(state, now);
        state.Factor = factor.Clamp(_numbers.MinFactor, _numbers.MaxFactor);
        return state.Factor;
    }

    /// <inheritdoc/>
    public byte[] Save(in AdaptiveState state) => new StateWriter(StateKind)
        .Add(state.Last).Add(state.At).Add(state.Factor.Billionths).Add((long)(_meter.UnitsPerPermit / Factor.Scale)).Add(state.Level).ToArray();

    /// <inheritdoc/>
    public AdaptiveState Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new StateReader(saved, StateKind);
        var last = reader.Instant();
        var at = reader.Long(0, Ticks.MaxInstant);
        var factor = new Factor(reader.Long(AdaptiveNumbers.LeastFactor.Billionths, Factor.Max.Billionths));
        var wholesPerPermit = reader.Long(1, Limits.MaxPeriodTicks);
        var level = reader.Int128();
        reader.End();
        if (level < 0 || level > (Int128)AdaptiveNumbers.MaxCapacity * wholesPerPermit * Factor.Scale)
        {
            throw new FormatException($"The saved state holds a level of {level} where only 0 to {AdaptiveNumbers.MaxCapacity} permits can be.");
        }

        return new()
        {
            Level = Converted(level, wholesPerPermit),
            Factor = factor.Clamp(_numbers.MinFactor, _numbers.MaxFactor),
            At = at,
            Last = last,
        };
    }

    /// <summary>A level that counts so many wholes a permit in this bucket's units, rounded up: never less than it was.</summary>
    private Int128 Converted(Int128 level, long wholesPerPermit)
    {
        var units = (Int128)wholesPerPermit * Factor.Scale;
        return units == _meter.UnitsPerPermit
            ? level
            : (Int128)DivideUp((BigInteger)level * (BigInteger)_meter.UnitsPerPermit, (BigInteger)units);
    }

    private Int128 Carried(in AdaptiveMeter old, Int128 level, OnChange onChange)
    {
        if (onChange == OnChange.Proportional)
        {
            var share = DivideUp((BigInteger)level * (BigInteger)_meter.Full, (BigInteger)old.Full);
            return (Int128)BigInteger.Min(share, (BigInteger)_meter.Units(AdaptiveNumbers.MaxCapacity));
        }

        var water = Converted(level, (long)(old.UnitsPerPermit / Factor.Scale));
        return onChange == OnChange.Additive ? Int128.Max(0, water - _meter.Units(Math.Max(0, old.Capacity - Limit))) : water;
    }

    private static BigInteger DivideUp(BigInteger dividend, BigInteger divisor) => (dividend + divisor - 1) / divisor;

    private AdaptiveState At(AdaptiveState state, long now)
    {
        state.Last = Math.Max(state.Last, now);
        return state.Last > state.At ? _meter.Pass(state, state.Last) : state;
    }

    private LimiterDecision Decide(in AdaptiveState state, long cost, long now, long maxWaitTicks, out AdaptiveState next)
    {
        next = At(state, now);
        var (seen, ahead) = (next.Last, next.At - next.Last);
        var remaining = ahead > 0 ? 0 : _meter.Room(next.Level);
        if (cost > Limit)
        {
            return LimiterDecision.TooLarge(Limit, remaining, NewAfter(next));
        }

        if (cost == 0)
        {
            return LimiterDecision.Allowed(Limit, remaining, 0, NewAfter(next), new Grant(0, seen));
        }

        var room = _meter.Full - _meter.Units(cost);
        var (then, ticks) = maxWaitTicks > 0 && _numbers.Mode == AdaptiveMode.PerCall
            ? _meter.UntilByLooking(next, room)
            : _meter.Until(next, room);
        var wait = Ticks.Add(ahead, ticks);
        if (wait > 0 && wait > Math.Min(maxWaitTicks, Ticks.MaxInstant - seen))
        {
            var retry = maxWaitTicks > 0 ? Ticks.Add(ahead, _meter.Until(next, room).Ticks) : wait;
            return LimiterDecision.Refused(Limit, remaining, Math.Max(1, retry), NewAfter(next));
        }

        then.Level += _meter.Units(cost);
        then.Last = seen;
        next = then;
        Debug.Assert(next.Level <= _meter.Full, "It was waited for room.");
        return LimiterDecision.Allowed(
            Limit, wait == 0 ? _meter.Room(next.Level) : 0, wait, NewAfter(next), new Grant(cost, then.At));
    }

    private long NewAfter(in AdaptiveState state) => Ticks.Add(state.At - state.Last, _meter.UntilNew(state));
}
