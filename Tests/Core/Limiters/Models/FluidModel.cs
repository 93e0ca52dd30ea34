using System.Numerics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>
/// Token bucket, GCRA and leaky bucket, of one or more bandwidths: the levels follow from a replay of what was granted and
/// given back, each at its instant. A permit is as many units as its period has ticks; nothing is reduced or kept between.
/// </summary>
internal sealed class FluidModel : ILimiterModel
{
    private readonly Bandwidth[] _bandwidths;
    private readonly List<(long At, long Permits)> _ahead = [];
    private BigInteger[] _levels;
    private long _at;
    private long _asked;
    private bool _hasGivenBackAhead;

    public FluidModel(long start, params Bandwidth[] bandwidths)
        : this(start, bandwidths, [.. bandwidths.Select(b => (BigInteger)b.Capacity * b.Refill.PeriodTicks)])
    {
    }

    private FluidModel(long start, Bandwidth[] bandwidths, BigInteger[] levels) =>
        (_at, _bandwidths, _levels) = (start, bandwidths, levels);

    public long Limit => _bandwidths.Min(b => b.Capacity);

    public long Earliest(long cost, long seen) => At(seen).Earliest(cost);

    private long Earliest(long cost)
    {
        var seen = _asked;
        var from = _ahead.Count > 0 ? _ahead[^1].At : seen;
        var levels = Replay(from);
        BigInteger wait = 0;
        for (var i = 0; i < levels.Length; i++)
        {
            var missing = ((BigInteger)cost * _bandwidths[i].Refill.PeriodTicks) - levels[i];
            wait = BigInteger.Max(wait, DivideUp(missing, _bandwidths[i].Refill.Permits));
        }

        return (long)BigInteger.Min(Ticks.Never, from + wait);
    }

    public bool MayReserve(long cost, long seen) => true;

    public long Remaining(long seen) => At(seen).Remaining();

    private long Remaining()
    {
        var seen = _asked;
        var left = DebtLevels(seen).Select((level, i) => level.Sign <= 0 ? 0 : level / _bandwidths[i].Refill.PeriodTicks).Min();
        return (long)BigInteger.Min(left, Limit);
    }

    public long NewAt(long seen) => At(seen).NewAt();

    private long NewAt()
    {
        var seen = _asked;
        var wait = DebtLevels(seen).Select((level, i) => DivideUp(Full(i) - level, _bandwidths[i].Refill.Permits)).Max();
        return (long)BigInteger.Min(Ticks.Never, seen + wait);
    }

    public void Take(in Grant grant, long seen)
    {
        Settle(seen);
        _hasGivenBackAhead &= _ahead.Count > 0;
        _ahead.Add((grant.ValidAt, grant.Permits));
        Settle(seen);
    }

    public string? Return(in Grant grant, long seen, bool answer)
    {
        Settle(seen);
        var latest = _ahead.Count > 0 ? _ahead[^1].At : long.MinValue;
        if (grant.ValidAt < latest)
        {
            return answer ? $"gave back {grant} although a reservation at {latest} stands on it" : null;
        }

        if (_ahead.Count > 0)
        {
            return ReturnAhead(grant, seen, answer);
        }

        // In debt with nothing reserved: new numbers left the bucket over-full, or a reservation given back had made another
        // bandwidth overflow. Then nothing need be given back, and only then.
        if (!answer && _hasGivenBackAhead && Array.Exists(_levels, level => level.Sign < 0))
        {
            return null;
        }

        var before = _levels;
        var permits = Math.Min(grant.Permits, Limit);
        _levels = [.. _levels.Select((level, i) => BigInteger.Min(Full(i), level + ((BigInteger)permits * _bandwidths[i].Refill.PeriodTicks)))];
        return answer == !before.SequenceEqual(_levels) ? null : $"said {answer} to {grant} given back in the past";
    }

    /// <summary>
    /// The same bucket under other numbers, as <see cref="OnChange"/> says: each bandwidth follows from the one in its place;
    /// when there are more or fewer than before, from all of them, and the least that any of them would leave it counts.
    /// </summary>
    public FluidModel Changed(Bandwidth[] to, OnChange onChange, bool keepsUse, long seen)
    {
        Settle(seen);
        var levels = DebtLevels(seen);
        var carried = to.Select((bandwidth, i) => to.Length == levels.Length
            ? Carried(_bandwidths[i], levels[i], bandwidth, onChange, keepsUse)
            : levels.Select((level, j) => Carried(_bandwidths[j], level, bandwidth, onChange, keepsUse)).Min());
        return new(seen, to, [.. carried]) { _hasGivenBackAhead = true };
    }

    private static BigInteger Carried(Bandwidth from, BigInteger level, Bandwidth to, OnChange onChange, bool keepsUse)
    {
        var growth = Math.Max(0, to.Capacity - from.Capacity);

        // Fractions of a permit are rounded down to what the new rate can count: its period over the common divisor.
        var fine = to.Refill.PeriodTicks / BigInteger.GreatestCommonDivisor(to.Refill.Permits, to.Refill.PeriodTicks);
        var (numerator, denominator) = onChange switch
        {
            OnChange.Reset => ((BigInteger)to.Capacity, BigInteger.One),
            OnChange.Proportional => (level * to.Capacity, (BigInteger)from.Refill.PeriodTicks * from.Capacity),
            OnChange.Keep when keepsUse => (level + ((BigInteger)(to.Capacity - from.Capacity) * from.Refill.PeriodTicks), from.Refill.PeriodTicks),
            OnChange.Additive => (level + ((BigInteger)growth * from.Refill.PeriodTicks), from.Refill.PeriodTicks),
            _ => (level, from.Refill.PeriodTicks),
        };
        var carried = DivideDown(numerator * fine, denominator) * (to.Refill.PeriodTicks / fine);
        carried = BigInteger.Min(carried, (BigInteger)to.Capacity * to.Refill.PeriodTicks);

        // No debt is carried over that could not be repaid by the year 9999.
        return BigInteger.Max(carried, -(BigInteger)Ticks.MaxInstant * to.Refill.Permits);
    }

    private static BigInteger DivideUp(BigInteger dividend, BigInteger divisor) => -DivideDown(-dividend, divisor);

    private static BigInteger DivideDown(BigInteger dividend, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out var rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    private BigInteger Full(int i) => (BigInteger)_bandwidths[i].Capacity * _bandwidths[i].Refill.PeriodTicks;

    /// <summary>Takes the last reservation out again; what overflowed while it was waited for stays lost, as documented.</summary>
    private string? ReturnAhead(in Grant grant, long seen, bool answer)
    {
        var place = _ahead.LastIndexOf((grant.ValidAt, grant.Permits));
        if (!answer)
        {
            return _hasGivenBackAhead || place < 0 ? null : $"kept {grant} although it is the last reservation";
        }

        if (place < 0)
        {
            return $"gave back {grant} on top of other reservations";
        }

        var due = _ahead[place].At;
        _ahead.RemoveAt(place);
        var at = Math.Max(seen, _ahead.Count > 0 ? _ahead[^1].At : seen);
        var then = Replay(at);
        var now = DebtLevels(seen);
        for (var i = 0; i < then.Length; i++)
        {
            var most = Full(i) - ((BigInteger)(due - at) * _bandwidths[i].Refill.Permits);
            now[i] -= BigInteger.Max(0, then[i] - most);
        }

        (_levels, _at, _hasGivenBackAhead) = (now, seen, true);
        for (var i = 0; i < now.Length; i++)
        {
            foreach (var (_, permits) in _ahead)
            {
                now[i] += (BigInteger)permits * _bandwidths[i].Refill.PeriodTicks;
            }
        }

        return null;
    }

    /// <summary>A copy that has seen an instant: a question changes nothing here.</summary>
    private FluidModel At(long seen)
    {
        var copy = new FluidModel(_at, _bandwidths, (BigInteger[])_levels.Clone()) { _asked = seen };
        copy._ahead.AddRange(_ahead);
        copy.Settle(seen);
        return copy;
    }

    /// <summary>Moves what lies in the past into the levels.</summary>
    private void Settle(long seen)
    {
        while (_ahead.Count > 0 && _ahead[0].At <= seen)
        {
            Rise(_levels, _ahead[0].At - _at);
            Spend(_levels, _ahead[0].Permits);
            _at = _ahead[0].At;
            _ahead.RemoveAt(0);
        }

        if (seen > _at && _ahead.Count == 0)
        {
            Rise(_levels, seen - _at);
            _at = seen;
        }
    }

    /// <summary>The levels at an instant not before the last reservation.</summary>
    private BigInteger[] Replay(long at)
    {
        var levels = (BigInteger[])_levels.Clone();
        var then = _at;
        foreach (var (due, permits) in _ahead)
        {
            Rise(levels, due - then);
            Spend(levels, permits);
            then = due;
        }

        Rise(levels, at - then);
        return levels;
    }

    /// <summary>The levels now with all reservations already paid for.</summary>
    private BigInteger[] DebtLevels(long seen)
    {
        var last = _ahead.Count > 0 ? Math.Max(seen, _ahead[^1].At) : seen;
        var levels = Replay(last);
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] -= (BigInteger)(last - seen) * _bandwidths[i].Refill.Permits;
        }

        return levels;
    }

    private void Rise(BigInteger[] levels, long ticks)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = BigInteger.Min(Full(i), levels[i] + ((BigInteger)ticks * _bandwidths[i].Refill.Permits));
        }
    }

    private void Spend(BigInteger[] levels, long permits)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] -= (BigInteger)permits * _bandwidths[i].Refill.PeriodTicks;
        }
    }
}
