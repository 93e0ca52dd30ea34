namespace Throttle.Core.Rules;

/// <summary>What a rule's verdict does.</summary>
public enum RuleMode
{
    /// <summary>Refusals refuse.</summary>
    Enforce,

    /// <summary>Counted and reported; never refuses and never affects an enforced rule.</summary>
    Shadow,

    /// <summary>As if the rule were not there.</summary>
    Off,
}
