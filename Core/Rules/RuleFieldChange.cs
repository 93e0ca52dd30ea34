namespace Throttle.Core.Rules;

/// <summary>One field of a rule that differs.</summary>
/// <param name="Name">The field as the rule file names it: <c>limit.capacity</c>, <c>match.path</c>.</param>
/// <param name="Old">What it was, or null when it was not there.</param>
/// <param name="New">What it is, or null when it is gone.</param>
public sealed record RuleFieldChange(string Name, string? Old, string? New)
{
    /// <summary><c>limit.capacity: 20 → 40</c></summary>
    public override string ToString() => $"{Name}: {Old ?? "(none)"} → {New ?? "(none)"}";
}
