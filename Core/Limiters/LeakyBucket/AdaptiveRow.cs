using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary>What becomes of the factor of an adaptive leaky bucket, for buckets from a capacity on.</summary>
/// <param name="Capacity">The least capacity it is for, 0 or more.</param>
/// <param name="Low">The fill level, 0 to 1, up to which the factor is multiplied by <paramref name="LowFactor"/>.</param>
/// <param name="LowFactor">1, or 1.01 to 10: an emptier bucket leaks faster.</param>
/// <param name="High">The fill level, above <paramref name="Low"/> and up to 1, from which it is multiplied by <paramref name="HighFactor"/>.</param>
/// <param name="HighFactor">1, or 0.1 to 0.99: a fuller bucket leaks slower.</param>
public readonly record struct AdaptiveRow(long Capacity, Factor Low, Factor LowFactor, Factor High, Factor HighFactor)
{
    // A factor that is nearly 1 would take millions of steps to move anything.
    private static readonly Factor LeastRise = new(Factor.Scale / 100 * 101);
    private static readonly Factor MostRise = new(10 * Factor.Scale);
    private static readonly Factor LeastFall = new(Factor.Scale / 10);
    private static readonly Factor MostFall = new(Factor.Scale / 100 * 99);

    /// <summary>Rows as a field of a rule.</summary>
    internal static ListKind<AdaptiveRow> List { get; } = new(
        new(
            new(0, default, Factor.One, Factor.One, Factor.One),
            new Field<AdaptiveRow, long>("capacity", new NumberKind(0, Limits.MaxPermits, isPermits: true) { IsCheckedTogether = true }, r => r.Capacity, (r, v) => r with { Capacity = v }, "The least capacity the row is for.") { IsRequired = true },
            new Field<AdaptiveRow, Factor>("low", new FactorKind(default, Factor.One), r => r.Low, (r, v) => r with { Low = v }, "The fill level up to which low-factor counts.") { IsRequired = true },
            new Field<AdaptiveRow, Factor>("low-factor", new FactorKind(Factor.One, MostRise) { RangeText = "1, or 1.01 to 10" }, r => r.LowFactor, (r, v) => r with { LowFactor = v }, "An emptier bucket leaks faster by this.") { IsRequired = true },
            new Field<AdaptiveRow, Factor>("high", new FactorKind(default, Factor.One), r => r.High, (r, v) => r with { High = v }, "The fill level from which high-factor counts; above low.") { IsRequired = true },
            new Field<AdaptiveRow, Factor>("high-factor", new FactorKind(LeastFall, Factor.One) { RangeText = "1, or 0.1 to 0.99" }, r => r.HighFactor, (r, v) => r with { HighFactor = v }, "A fuller bucket leaks slower by this.") { IsRequired = true })
        {
            ChecksTogether = Check,
        },
        new(0, default, Factor.One, Factor.One, Factor.One),
        AdaptiveNumbers.MaxRows,
        "with capacity, low, low-factor, high and high-factor");

    private static void Check(AdaptiveRow row, Action<string, string> add)
    {
        if (row.Low >= row.High)
        {
            add("low", $"low and high in a row of the map are {row.Low} and {row.High}; use 0 to 1, low below high");
        }

        if (row.LowFactor != Factor.One && (row.LowFactor < LeastRise || row.LowFactor > MostRise))
        {
            add("low-factor", $"low-factor in a row of the map is {row.LowFactor}; use 1, or 1.01 to 10");
        }

        if (row.HighFactor != Factor.One && (row.HighFactor < LeastFall || row.HighFactor > MostFall))
        {
            add("high-factor", $"high-factor in a row of the map is {row.HighFactor}; use 1, or 0.1 to 0.99");
        }
    }
}
