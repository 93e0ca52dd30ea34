using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// The exact arithmetic of a level that rises steadily to a capacity. A permit is <see cref="UnitsPerPermit"/> units and each
/// tick adds <see cref="UnitsPerTick"/>: the period and the permits of the rate, reduced by their greatest common divisor, so
/// that no fraction is ever rounded away.
/// </summary>
/// <remarks>
/// Bounds: units per permit below 2^49, units per tick up to 2^53, capacity up to 2^102; an instant is below 2^62, so a
/// refill is below 2^115, and a debt, which is repaid before the year 9999, too. All fits in <see cref="Int128"/> unchecked.
/// </remarks>
internal readonly struct FluidRate
{
    public FluidRate(long capacity, Rate rate)
    {
        Limits.CheckPermits(capacity, nameof(capacity));
        Limits.CheckPermits(rate.Permits, "rate permits");
        Limits.CheckPeriod(rate.PeriodTicks, "rate period");
        var divisor = (long)BigInteger.GreatestCommonDivisor(rate.Permits, rate.PeriodTicks);
        Capacity = capacity;
        UnitsPerTick = rate.Permits / divisor;
        UnitsPerPermit = rate.PeriodTicks / divisor;
        Full = (Int128)capacity * UnitsPerPermit;
    }

    /// <summary>Permits of a full level.</summary>
    public long Capacity { get; }

    public long UnitsPerTick { get; }

    public long UnitsPerPermit { get; }

    /// <summary>Units of a full level.</summary>
    public Int128 Full { get; }

    // The largest debt that could be repaid by the year 9999.
    private Int128 Lowest => unchecked(-(Int128)Ticks.MaxInstant * UnitsPerTick);

    /// <summary>Units of so many permits.</summary>
    public Int128 Units(long permits) => unchecked((Int128)permits * UnitsPerPermit);

    /// <summary>The level after <paramref name="elapsedTicks"/>, clamped to full. A full level keeps no fraction.</summary>
    public Int128 Rise(Int128 level, long elapsedTicks)
    {
        Debug.Assert(elapsedTicks >= 0, "Time does not pass backwards.");
        var risen = unchecked(level + (Int128)elapsedTicks * UnitsPerTick);
        return risen < Full ? risen : Full;
    }

    /// <summary>Ticks until the level has risen to <paramref name="target"/> units, rounded up; 0 when it has.</summary>
    public long TicksUntil(Int128 level, Int128 target) =>
        level >= target ? 0 : Ticks.Saturate(DivideUp(unchecked(target - level), UnitsPerTick));

    /// <summary>
    /// The level now, after taking <paramref name="permits"/> in <paramref name="waitTicks"/> ticks: what would overflow until
    /// then, because the wait was rounded up or another bandwidth's is longer, is lost as it would be in a bucket watched live. What is
    /// taken may be more than the capacity: then just that is saved up.
    /// </summary>
    public Int128 Take(Int128 level, long permits, long waitTicks)
    {
        if (waitTicks > 0)
        {
            var then = unchecked(level + (Int128)waitTicks * UnitsPerTick);
            var most = Int128.Max(Full, Units(permits));
            level = then > most ? unchecked(level - (then - most)) : level;
        }

        return unchecked(level - Units(permits));
    }

    /// <summary>The level with permits set aside: not below a whole bucket's debt, nor a debt that nobody repays, where it is not there already.</summary>
    public Int128 SetAside(Int128 level, long permits)
    {
        var lowest = Int128.Max(-Full, Lowest);
        return Int128.Max(Int128.Min(level, lowest), unchecked(level - Units(permits)));
    }

    /// <summary>The level after so many permits were taken elsewhere, or given back: not above full, nor below what could be repaid by the year 9999.</summary>
    public Int128 Charge(Int128 level, long permits) =>
        Int128.Min(Full, Int128.Max(Lowest, unchecked(level - Units(permits))));

    /// <summary>So many units, 0 or more, in permits, rounded up; at most what a <see cref="long"/> holds.</summary>
    public long PermitsUp(Int128 units) => Ticks.Saturate(DivideUp(units, UnitsPerPermit));

    /// <summary>Whole permits in the level; 0 in debt.</summary>
    public long Permits(Int128 level) => level <= 0 ? 0 : (long)Divide(level, UnitsPerPermit);

    /// <summary>A level of another rate in this one's units, rounded down: never more than it was.</summary>
    public BigInteger Convert(Int128 level, long unitsPerPermit) =>
        unitsPerPermit == UnitsPerPermit ? level : FloorDivide((BigInteger)level * UnitsPerPermit, unitsPerPermit);

    /// <summary>The level clamped to full; debts below what could be repaid by the year 9999 are clamped to that.</summary>
    public Int128 Clamp(BigInteger level) => (Int128)BigInteger.Max(Lowest, BigInteger.Min(level, Full));

    private static BigInteger FloorDivide(BigInteger dividend, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out var remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }

    /// <summary>A level of another rate carried over to this one; <see cref="OnChange.Reset"/> is the caller's.</summary>
    /// <param name="level">Its units.</param>
    /// <param name="old">The other rate.</param>
    /// <param name="onChange">How.</param>
    /// <param name="keepsUse">Whether <see cref="OnChange.Keep"/> keeps what is missing rather than what is there.</param>
    public Int128 CarryOver(Int128 level, FluidRate old, OnChange onChange, bool keepsUse) => Clamp(onChange switch
    {
        OnChange.Proportional => FloorDivide((BigInteger)level * Full, old.Full),
        OnChange.Keep when keepsUse => Full + Convert(level - old.Full, old.UnitsPerPermit),
        OnChange.Additive => Convert(level, old.UnitsPerPermit) + Units(Math.Max(0, Capacity - old.Capacity)),
        _ => Convert(level, old.UnitsPerPermit),
    });

    private static Int128 DivideUp(Int128 dividend, long divisor) => Divide(unchecked(dividend + divisor - 1), divisor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Int128 Divide(Int128 dividend, long divisor)
    {
        Debug.Assert(dividend >= 0 && divisor > 0, "Only debts and levels that are not negative are divided.");

        // Nearly every level fits in 64 bits, where division is ten times faster.
        return dividend <= long.MaxValue ? (long)dividend / divisor : dividend / divisor;
    }
}
