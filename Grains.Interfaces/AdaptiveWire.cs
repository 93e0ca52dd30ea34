using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>How the leak of a leaky bucket follows its level. Factors are in billionths.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.AdaptiveWire")]
public sealed record AdaptiveWire
{
    /// <summary>The factor's floor.</summary>
    [Id(0)]
    public required long MinFactor { get; init; }

    /// <summary>The factor's ceiling.</summary>
    [Id(1)]
    public required long MaxFactor { get; init; }

    /// <summary>The map, row by row.</summary>
    [Id(2)]
    public AdaptiveRowWire[] Map { get; init; } = [];

    /// <summary>An <see cref="AdaptiveMode"/>, by name.</summary>
    [Id(3)]
    public string Mode { get; init; } = nameof(AdaptiveMode.Elapsed);

    /// <summary>Ticks between two adjustments, or null for the mode's default.</summary>
    [Id(4)]
    public long? EveryTicks { get; init; }

    /// <summary>Whether the factor may be set.</summary>
    [Id(5)]
    public bool IsSettable { get; init; }

    /// <summary>The wire form.</summary>
    public static AdaptiveWire From(AdaptiveNumbers numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return new()
        {
            MinFactor = numbers.MinFactor.Billionths,
            MaxFactor = numbers.MaxFactor.Billionths,
            Map = [.. numbers.Map.Select(AdaptiveRowWire.From)],
            Mode = numbers.Mode.ToString(),
            EveryTicks = numbers.EveryTicks,
            IsSettable = numbers.IsSettable,
        };
    }

    /// <summary>The numbers as rules know them.</summary>
    /// <exception cref="FormatException">The mode is not known to this version.</exception>
    public AdaptiveNumbers ToNumbers() => new()
    {
        MinFactor = new(MinFactor),
        MaxFactor = new(MaxFactor),
        Map = [.. Map.Select(row => row.ToRow())],
        Mode = Enum.TryParse<AdaptiveMode>(Mode, out var mode) && Enum.IsDefined(mode)
            ? mode
            : throw new FormatException($"The adaptive mode '{Mode}' is not known to this version of Throttle."),
        EveryTicks = EveryTicks,
        IsSettable = IsSettable,
    };
}
