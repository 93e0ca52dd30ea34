using System.Text;

namespace Throttle.Core.Rules.Fields;

/// <summary>Names of attributes in rules.</summary>
internal static class AttributeName
{
    /// <summary>What is wrong with a name, to follow it in a sentence, or null.</summary>
    public static string? FaultOf(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "is empty";
        }

        if (name.Length > RuleLimits.MaxAttributeNameLength)
        {
            return $"has {name.Length} characters; use 1 to {RuleLimits.MaxAttributeNameLength}";
        }

        return name.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar || Rune.IsControl(rune))
            || string.IsNullOrWhiteSpace(name)
            ? "holds characters that cannot be printed"
            : null;
    }
}
