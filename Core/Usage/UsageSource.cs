namespace Throttle.Core.Usage;

/// <summary>Who counts: a node, and which of its counts, each of which begins at zero and only grows.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Incarnation">When the count began, in ticks; a later one is larger.</param>
public readonly record struct UsageSource(string Node, long Incarnation)
{
    /// <summary>The name of its slots.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Node}#{Incarnation}");
}
