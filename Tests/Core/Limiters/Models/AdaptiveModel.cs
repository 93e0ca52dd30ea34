using System.Numerics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>
/// An adaptive leaky bucket watched all the time: it drains and adjusts at every single step, in fractions of any length, and
/// a call is served when the level, as it falls, leaves room.
/// </summary>
internal sealed class AdaptiveModel(long capacity, Rate leak, AdaptiveNumbers numbers, long at) : ILimiterModel
{
    private static readonly BigInteger Billion = 1_000_000_000;
    private readonly long _every = numbers.EveryTicks ?? Ticks.PerSecond;

    // A permit is 10^9 units for each of the period's ticks, so that a tick drains permits × billionths.
    private BigInteger _level;
    private BigInteger _factor = Billion;
    private long _at = at;

    public long Limit => capacity;

    /// <summary>Billionths.</summary>
    public BigInteger Factor => _factor;

    private BigInteger Permit => leak.PeriodTicks * Billion;

    private BigInteger Full => capacity * Permit;

    public long Earliest(long cost, long seen)
    {
        var copy = At(seen);
        while (copy._level + (cost * Permit) > Full)
        {
            copy.StepOr((copy._level + (cost * Permit) - Full + copy.Drained - 1) / copy.Drained);
        }

        return copy._at;
    }

    public bool MayReserve(long cost, long seen) => true;

    public long Remaining(long seen) => At(seen) is var copy && (copy._at > seen || copy._level >= Full) ? 0 : (long)((Full - copy._level) / Permit);

    public long NewAt(long seen)
    {
        var copy = At(seen);
        while (copy._level > 0)
        {
            copy.StepOr((copy._level + copy.Drained - 1) / copy.Drained);
        }

        while (copy._factor != Billion)
        {
            copy.StepOr(Ticks.MaxInstant);
        }

        return copy._at;
    }

    public void Take(in Grant grant, long seen)
    {
        Pass(Math.Max(seen, grant.ValidAt));
        _level += grant.Permits * Permit;
    }

    public string? Return(in Grant grant, long seen, bool answer)
    {
        Pass(seen);
        var isGiven = _level > 0 && (_at <= seen || grant.ValidAt == _at);
        _level = isGiven ? BigInteger.Max(0, _level - (BigInteger.Min(grant.Permits, capacity) * Permit)) : _level;
        return isGiven == answer ? null : $"said {answer} to {grant} given back at {seen}, with the level at {_at}";
    }

    /// <summary>The same bucket under other numbers: the water stays, or its share, or what the smaller bucket cannot hold runs over.</summary>
    public AdaptiveModel Changed(long toCapacity, Rate toLeak, AdaptiveNumbers toNumbers, OnChange onChange, long seen)
    {
        Pass(seen);
        var to = new AdaptiveModel(toCapacity, toLeak, toNumbers, onChange == OnChange.Reset ? seen : _at);
        if (onChange == OnChange.Reset)
        {
            return to;
        }

        // Rounded up to what the new rate can count.
        var fine = to.Permit / BigInteger.GreatestCommonDivisor(toLeak.Permits, toLeak.PeriodTicks);
        var (water, whole) = onChange == OnChange.Proportional ? (_level * toCapacity, Full) : (_level, Permit);
        water = ((water * fine) + whole - 1) / whole;
        water -= onChange == OnChange.Additive ? Math.Max(0, capacity - toCapacity) * fine : 0;
        to._level = BigInteger.Max(0, water) * (to.Permit / fine);
        to._factor = BigInteger.Clamp(_factor, toNumbers.MinFactor.Billionths, toNumbers.MaxFactor.Billionths);
        return to;
    }

    private BigInteger Drained => leak.Permits * _factor;

    private static BigInteger Rounded(BigInteger dividend, BigInteger divisor) => ((2 * dividend) + divisor) / (2 * divisor);

    private AdaptiveModel At(long seen)
    {
        var copy = (AdaptiveModel)MemberwiseClone();
        copy.Pass(seen);
        return copy;
    }

    private void Pass(long to)
    {
        while (_at < to)
        {
            // Nothing would ever change again.
            if (_level == 0 && _factor == Billion)
            {
                _at = to;
                return;
            }

            StepOr(to - _at);
        }
    }

    /// <summary>So many ticks, or up to the next step if that comes first.</summary>
    private void StepOr(BigInteger ticks)
    {
        var step = _every - (_at % _every);
        ticks = BigInteger.Min(ticks, step);
        _level = BigInteger.Max(0, _level - (ticks * Drained));
        _at += (long)ticks;
        if (ticks == step)
        {
            Adjust();
        }
    }

    private void Adjust()
    {
        var row = numbers.Map.First(r => capacity >= r.Capacity);
        var (least, most) = (numbers.MinFactor.Billionths, numbers.MaxFactor.Billionths);
        _factor = _level > 0 && _level * Billion <= row.Low.Billionths * Full ? BigInteger.Min(most, Rounded(_factor * row.LowFactor.Billionths, Billion))
            : _level > 0 && _level * Billion >= row.High.Billionths * Full ? BigInteger.Max(least, Rounded(_factor * row.HighFactor.Billionths, Billion))
            : _factor < Billion ? BigInteger.Min(Billion, Rounded(_factor * 105, 100))
            : BigInteger.Max(Billion, Rounded(_factor * 100, 105));
    }
}
