namespace Throttle.Core.Rules;

/// <summary>Whether one rule matches a request, and why.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Matches">Whether it matches.</param>
/// <param name="Reason">
/// In words: the first thing that keeps it from matching, such as <c>path '/x' does not match /api/**</c>, or what it matched on.
/// </param>
/// <param name="Key">The bucket's key when it matches; null when it does not.</param>
public sealed record RuleExplanation(Rule Rule, bool Matches, string Reason, string? Key);
