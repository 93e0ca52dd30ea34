namespace Throttle.Core.Rules;

/// <summary>The sizes that a set of rules accepts, all inclusive.</summary>
public static class RuleLimits
{
    /// <summary>The most rules in one set.</summary>
    public const int MaxRules = 100_000;

    /// <summary>The longest rule id, in characters.</summary>
    public const int MaxIdLength = 100;

    /// <summary>The most conditions in one rule.</summary>
    public const int MaxConditions = 32;

    /// <summary>The most patterns in one condition.</summary>
    public const int MaxPatterns = 1_000;

    /// <summary>The most key attributes in one rule.</summary>
    public const int MaxKeyAttributes = 32;

    /// <summary>The longest attribute name, in characters.</summary>
    public const int MaxAttributeNameLength = 100;

    /// <summary>The longest pattern, in characters.</summary>
    public const int MaxPatternLength = 1_024;
}
