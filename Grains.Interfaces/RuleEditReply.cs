namespace Throttle.Grains.Interfaces;

/// <summary>What became of an edit.</summary>
/// <param name="IsConflict">Whether somebody else was first: nothing has changed.</param>
/// <param name="Rules">The rules in force.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.RuleEditReply")]
public sealed record RuleEditReply(
    [property: Id(0)] bool IsConflict,
    [property: Id(1)] RuleSetWire Rules);
