using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Rules;

/// <summary>The cluster's rules in storage.</summary>
[GenerateSerializer]
[Alias("throttle.RulesRecord")]
public sealed class RulesRecord
{
    /// <summary>The rules; null where nobody has given any yet.</summary>
    [Id(0)]
    public RuleSetWire? Rules { get; set; }
}
