namespace Throttle.Core.Limiters;

/// <summary>How the leak of an adaptive leaky bucket follows its fill level. Equal numbers are equal.</summary>
public sealed record AdaptiveNumbers
{
    /// <summary>The least <see cref="MinFactor"/>: 0.001.</summary>
    public static readonly Factor LeastFactor = new(Factor.Scale / 1_000);

    /// <summary>The largest capacity of an adaptive bucket: 2^40.</summary>
    public const long MaxCapacity = 1L << 40;

    /// <summary>The most rows of a map.</summary>
    public const int MaxRows = 16;

    /// <summary>The shortest <see cref="EveryTicks"/>: one millisecond.</summary>
    public const long MinEveryTicks = TimeSpan.TicksPerMillisecond;

    /// <summary>The map of asyncutils.buckets, from which this limiter comes.</summary>
    public static IReadOnlyList<AdaptiveRow> DefaultMap { get; } =
    [
        Row(256, "0.15", "1.1", "0.85", "0.9"),
        Row(128, "0.23", "1.2", "0.77", "0.81"),
        Row(0, "0.3", "1.4", "0.7", "0.73"),
    ];

    /// <summary>The factor's floor, 0.001 to 1; 0.1 by default.</summary>
    public Factor MinFactor { get; init; } = new(Factor.Scale / 10);

    /// <summary>The factor's ceiling, 1 to 1000; 10 by default.</summary>
    public Factor MaxFactor { get; init; } = new(10 * Factor.Scale);

    /// <summary>1 to <see cref="MaxRows"/> rows, the capacities descending; the first whose capacity the bucket has counts.</summary>
    public IReadOnlyList<AdaptiveRow> Map { get; init; } = DefaultMap;

    /// <summary>When the factor is adjusted.</summary>
    public AdaptiveMode Mode { get; init; }

    /// <summary>
    /// Ticks between two adjustments, whole multiples of it counted from the year 1; per call, between two looks of a call that waits.
    /// 1 ms to 400 days; null for <see cref="DefaultEveryTicks"/>.
    /// </summary>
    public long? EveryTicks { get; init; }

    /// <summary>Whether the factor may be set from outside.</summary>
    public bool IsSettable { get; init; }

    /// <summary>What <see cref="EveryTicks"/> is when nothing is said: 1 s, per call 100 ms.</summary>
    public long DefaultEveryTicks => Mode == AdaptiveMode.PerCall ? TimeSpan.TicksPerSecond / 10 : TimeSpan.TicksPerSecond;

    /// <summary>The row for a capacity; null when the map has none.</summary>
    public AdaptiveRow? RowFor(long capacity)
    {
        foreach (var row in Map)
        {
            if (capacity >= row.Capacity)
            {
                return row;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(AdaptiveNumbers? other) =>
        other is not null
        && (MinFactor, MaxFactor, Mode, EveryTicks, IsSettable) == (other.MinFactor, other.MaxFactor, other.Mode, other.EveryTicks, other.IsSettable)
        && HasMap(other.Map);

    /// <summary>Whether the map has these rows.</summary>
    public bool HasMap(IReadOnlyList<AdaptiveRow> map) => Map.SequenceEqual(map);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MinFactor, MaxFactor, Mode, EveryTicks, IsSettable, Map.Count);

    /// <summary>What is wrong with these numbers, each as the field and what is the matter; none where all is well.</summary>
    /// <param name="capacity">The bucket's capacity.</param>
    public IEnumerable<(string Field, string Message)> Faults(long capacity)
    {
        if (capacity > MaxCapacity)
        {
            yield return ("capacity", $"capacity is {capacity}; use 1 to {MaxCapacity} where the leak is adaptive");
        }

        if (MinFactor < LeastFactor || MinFactor > Factor.One)
        {
            yield return ("adaptive.min-factor", $"min-factor is {MinFactor}; use {LeastFactor} to 1");
        }

        if (MaxFactor < Factor.One || MaxFactor > Factor.Max)
        {
            yield return ("adaptive.max-factor", $"max-factor is {MaxFactor}; use 1 to {Factor.Max}");
        }

        if (!Enum.IsDefined(Mode))
        {
            yield return ("adaptive.mode", $"mode is {Mode}; use elapsed or per-call");
        }

        if (EveryTicks is { } every && every is < MinEveryTicks or > Limits.MaxPeriodTicks)
        {
            yield return ("adaptive.every", $"every is {(EveryTicks < 0 ? $"{EveryTicks} ticks" : Time.Durations.Format(EveryTicks.Value))}; use 1ms to 400d");
        }

        foreach (var fault in MapFaults(capacity))
        {
            yield return fault;
        }
    }

    private static AdaptiveRow Row(long capacity, string low, string lowFactor, string high, string highFactor) =>
        new(capacity, Factor.Parse(low), Factor.Parse(lowFactor), Factor.Parse(high), Factor.Parse(highFactor));

    private IEnumerable<(string Field, string Message)> MapFaults(long capacity)
    {
        var count = Map?.Count ?? 0;
        if (count is 0 or > MaxRows)
        {
            yield return ("adaptive.map", $"there are {count} rows in the map; use 1 to {MaxRows}");
            yield break;
        }

        for (var i = 0; i < count; i++)
        {
            var path = $"adaptive.map[{i}]";
            if (Map![i].Capacity < 0 || (i > 0 && Map[i].Capacity >= Map[i - 1].Capacity))
            {
                var most = i > 0 ? $"less than the row's before it, {Map[i - 1].Capacity}" : "0 or more";
                yield return ($"{path}.capacity", $"capacity in row {i + 1} of the map is {Map[i].Capacity}; use {most}");
            }

            foreach (var (field, message) in RowFaults(Map[i], i + 1))
            {
                yield return ($"{path}.{field}", message);
            }
        }

        if (RowFor(capacity) is null)
        {
            yield return ("adaptive.map", $"the map has no row for a capacity of {capacity}; end it with a row of capacity 0");
        }
    }

    private static IEnumerable<(string Field, string Message)> RowFaults(AdaptiveRow row, int number)
    {
        if (row.Low >= row.High || row.High > Factor.One)
        {
            yield return ("low", $"low and high in row {number} of the map are {row.Low} and {row.High}; use 0 to 1, low below high");
        }

        // A factor that is nearly 1 would take millions of steps to move anything.
        if (row.LowFactor != Factor.One && (row.LowFactor.Billionths < Factor.Scale / 100 * 101 || row.LowFactor.Billionths > 10 * Factor.Scale))
        {
            yield return ("low-factor", $"low-factor in row {number} of the map is {row.LowFactor}; use 1, or 1.01 to 10");
        }

        if (row.HighFactor != Factor.One && (row.HighFactor.Billionths < Factor.Scale / 10 || row.HighFactor.Billionths > Factor.Scale / 100 * 99))
        {
            yield return ("high-factor", $"high-factor in row {number} of the map is {row.HighFactor}; use 1, or 0.1 to 0.99");
        }
    }
}
