namespace Throttle.Core.Rules;

/// <summary>One attribute that must match at least one of some patterns.</summary>
/// <param name="Attribute">The attribute's name.</param>
/// <param name="Patterns">
/// Each exact text, a prefix ending in <c>*</c>, a glob (<c>*</c> stops at <c>/</c>, <c>**</c> does not), or a CIDR block; at least one.
/// </param>
public sealed record Condition(string Attribute, ValueList<string> Patterns)
{
    /// <summary>A condition with one pattern.</summary>
    public Condition(string attribute, string pattern)
        : this(attribute, [pattern])
    {
    }
}
