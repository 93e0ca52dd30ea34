using Throttle.Core.Fields;

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
    public static ValueList<AdaptiveRow> DefaultMap { get; } =
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
    public ValueList<AdaptiveRow> Map { get; init; } = DefaultMap;

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

    /// <summary>The numbers as a field of a rule.</summary>
    internal static GroupKind<AdaptiveNumbers> Kind { get; } = new(
        new(
            new(),
            new Field<AdaptiveNumbers, Factor>("min-factor", new FactorKind(LeastFactor, Factor.One), n => n.MinFactor, (n, v) => n with { MinFactor = v }, "The factor's floor."),
            new Field<AdaptiveNumbers, Factor>("max-factor", new FactorKind(Factor.One, Factor.Max), n => n.MaxFactor, (n, v) => n with { MaxFactor = v }, "The factor's ceiling."),
            new Field<AdaptiveNumbers, ValueList<AdaptiveRow>>("map", AdaptiveRow.List, n => n.Map, (n, v) => n with { Map = v }, "How the factor follows the level; the first row whose capacity the bucket has counts."),
            new Field<AdaptiveNumbers, AdaptiveMode>("mode", new WordKind<AdaptiveMode>(), n => n.Mode, (n, v) => n with { Mode = v }, "When the factor is adjusted: as time passes, or with each call."),
            new Field<AdaptiveNumbers, long?>("every", new OptionalKind<long>(new DurationKind(MinEveryTicks, Limits.MaxPeriodTicks)), n => n.EveryTicks, (n, v) => n with { EveryTicks = v }, "The time between two adjustments; without it 1s, per call 100ms."),
            new Field<AdaptiveNumbers, bool>("settable", Kinds.Flag, n => n.IsSettable, (n, v) => n with { IsSettable = v }, "Whether the factor may be set from outside.")),
        new(),
        "such as { min-factor: 0.1, max-factor: 10 }");

    /// <summary>Throws when a bucket of this capacity cannot have these numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It cannot; the message names the value and the range.</exception>
    internal void ThrowUnlessFor(long capacity)
    {
        Kind.Check("adaptive", "adaptive", this, Throw);
        CheckFor(capacity, Throw);

        static void Throw(string path, string message) => throw new ArgumentOutOfRangeException(path, $"{message}.");
    }

    /// <summary>Tells the faults that concern more than one number: path and message.</summary>
    /// <param name="capacity">The bucket's capacity.</param>
    /// <param name="add">Receives path and message.</param>
    internal void CheckFor(long capacity, Action<string, string> add)
    {
        if (capacity > MaxCapacity)
        {
            add("capacity", $"capacity is {capacity}; use 1 to {MaxCapacity} where the leak is adaptive");
        }

        if (Map is null or { Count: 0 })
        {
            return;
        }

        for (var i = 0; i < Map.Count; i++)
        {
            if (Map[i].Capacity < 0 || (i > 0 && Map[i].Capacity >= Map[i - 1].Capacity))
            {
                var most = i > 0 ? $"less than the row's before it, {Map[i - 1].Capacity}" : "0 or more";
                add($"adaptive.map[{i}].capacity", $"map[{i}].capacity is {Map[i].Capacity}; use {most}");
            }
        }

        if (RowFor(capacity) is null)
        {
            add("adaptive.map", $"the map has no row for a capacity of {capacity}; end it with a row of capacity 0");
        }
    }

    private static AdaptiveRow Row(long capacity, string low, string lowFactor, string high, string highFactor) =>
        new(capacity, Factor.Parse(low), Factor.Parse(lowFactor), Factor.Parse(high), Factor.Parse(highFactor));
}
