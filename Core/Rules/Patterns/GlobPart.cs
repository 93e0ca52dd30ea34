namespace Throttle.Core.Rules.Patterns;

/// <summary>One part of a glob.</summary>
/// <param name="Kind">What it matches.</param>
/// <param name="Character">The character, where it is one.</param>
internal readonly record struct GlobPart(GlobPartKind Kind, char Character = '\0');
