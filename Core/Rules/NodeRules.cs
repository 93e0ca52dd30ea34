namespace Throttle.Core.Rules;

/// <summary>The rules that one node answers by.</summary>
/// <param name="Node">The node's name; unique in its cluster, and new after a restart.</param>
/// <param name="Version">The version of its rules, or null when it has not said so.</param>
public sealed record NodeRules(string Node, long? Version);
