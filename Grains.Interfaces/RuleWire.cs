using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces;

/// <summary>A rule as it goes over the wire and into storage. Enumerations go by name.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.RuleWire")]
public sealed record RuleWire
{
    /// <summary>The rule's id.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>Its conditions.</summary>
    [Id(1)]
    public ConditionWire[] Match { get; init; } = [];

    /// <summary>The attributes that make its buckets, each a <see cref="KeyPart"/> as text.</summary>
    [Id(2)]
    public string[] Key { get; init; } = [];

    /// <summary>Algorithm and numbers.</summary>
    [Id(3)]
    public required LimitWire Limit { get; init; }

    /// <summary>The price of a unit in permits.</summary>
    [Id(4)]
    public long CostPermits { get; init; }

    /// <summary>The attribute that holds the price instead, or null.</summary>
    [Id(5)]
    public string? CostAttribute { get; init; }

    /// <summary>A <see cref="RuleMode"/>.</summary>
    [Id(6)]
    public string Mode { get; init; } = nameof(RuleMode.Enforce);

    /// <summary>An <see cref="Core.Rules.OnError"/>.</summary>
    [Id(7)]
    public string OnError { get; init; } = nameof(Core.Rules.OnError.Allow);

    /// <summary>An <see cref="Core.Limiters.OnChange"/>.</summary>
    [Id(8)]
    public string OnChange { get; init; } = nameof(Core.Limiters.OnChange.Keep);

    /// <summary>A <see cref="Core.Rules.Durability"/>.</summary>
    [Id(9)]
    public string Durability { get; init; } = nameof(Core.Rules.Durability.Auto);

    /// <summary>What it was before its algorithm changed, while buckets of that time may still owe something; else null.</summary>
    [Id(10)]
    public PreviousLimitWire? Previous { get; init; }

    /// <summary>How a queue delivers; null where the rule says nothing of it.</summary>
    [Id(11)]
    public DeliveryWire? Deliver { get; init; }

    /// <summary>Whether its buckets are shared with other regions.</summary>
    [Id(12)]
    public bool Replicate { get; init; }

    /// <summary>The wire form of a rule.</summary>
    public static RuleWire From(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new()
        {
            Id = rule.Id,
            Match = [.. rule.Match.Select(c => new ConditionWire(c.Attribute, [.. c.Patterns]))],
            Key = [.. rule.Key.ToTexts()],
            Limit = LimitWire.From(rule.Limit),
            CostPermits = rule.Cost.Permits,
            CostAttribute = rule.Cost.Attribute,
            Mode = rule.Mode.ToString(),
            OnError = rule.OnError.ToString(),
            OnChange = rule.OnChange.ToString(),
            Durability = rule.Durability.ToString(),
            Deliver = rule.Deliver is null ? null : DeliveryWire.From(rule.Deliver),
            Replicate = rule.Replicate,
        };
    }

    /// <summary>The rule.</summary>
    /// <exception cref="FormatException">It uses something that is not known to this version.</exception>
    public Rule ToRule() => new()
    {
        Id = Id,
        Match = [.. Match.Select(c => new Condition(c.Attribute, [.. c.Patterns]))],
        Key = [.. Key],
        Limit = Limit.ToSpec(),
        Cost = new(CostPermits, CostAttribute),
        Mode = Parse<RuleMode>(nameof(Mode), Mode),
        OnError = Parse<OnError>(nameof(OnError), OnError),
        OnChange = Parse<OnChange>(nameof(OnChange), OnChange),
        Durability = Parse<Durability>(nameof(Durability), Durability),
        Deliver = Deliver?.ToDelivery(),
        Replicate = Replicate,
    };

    private T Parse<T>(string field, string name)
        where T : struct, Enum =>
        Enum.TryParse<T>(name, out var value) && Enum.IsDefined(value)
            ? value
            : throw new FormatException(
                $"Rule '{Id}': {field} is '{name}'; this version of Throttle knows {string.Join(", ", Enum.GetNames<T>())}.");
}
