namespace Throttle.Core.Rules;

/// <summary>How one rule differs from what it was.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Fields">The fields that differ, at least one.</param>
public sealed record RuleChange(string Id, IReadOnlyList<RuleFieldChange> Fields);
