namespace Throttle.Api.Envoy;

/// <summary>Finds descriptors to which a rule would be applied though Envoy applies another limit, or none.</summary>
internal static class EnvoyConflicts
{
    /// <param name="top">The descriptors of the domain.</param>
    /// <param name="paths">Every way to where something is decided.</param>
    /// <param name="path">The way to the limit.</param>
    /// <returns>Why the limit cannot be a rule, or null.</returns>
    public static string? Of(EnvoyNodes top, IReadOnlyList<EnvoyNode[]> paths, EnvoyNode[] path)
    {
        // A rule in shadow mode refuses nothing, whatever it is applied to.
        return path[^1].Limit!.IsShadow ? null : OfSiblings(top, path) ?? OfOthers(paths, path);
    }

    /// <summary>Descriptors beside the way that Envoy picks before it.</summary>
    private static string? OfSiblings(EnvoyNodes top, EnvoyNode[] path)
    {
        var nodes = top;
        for (var i = 0; i < path.Length; i++)
        {
            foreach (var other in nodes.All)
            {
                if (!ReferenceEquals(other, path[i]) && IsBefore(nodes, other, path[i]) && !(i == path.Length - 1 && IsNoLess(path[i], other)))
                {
                    return $"what '{other.Part}' ({other.Place}) matches is not its, and of rules all that match are applied";
                }
            }

            nodes = path[i].Children;
        }

        return null;
    }

    /// <summary>Whether some entries pick the other one of two descriptors of a list, though this one would match, too.</summary>
    private static bool IsBefore(EnvoyNodes nodes, EnvoyNode other, EnvoyNode node)
    {
        if (node.Value.Length > 0 && !node.IsWildcard)
        {
            return false;
        }

        if (other.SpansKey)
        {
            return (!node.IsWildcard || IndexOf(nodes, other) < IndexOf(nodes, node))
                && EnvoyWildcard.Intersect(other.Part, node.Value.Length == 0 ? $"{node.Key}_*" : node.Part);
        }

        if (!string.Equals(other.Key, node.Key, StringComparison.Ordinal) || other.Value.Length == 0)
        {
            return false;
        }

        return node.Value.Length == 0
            || ((!other.IsWildcard || IndexOf(nodes, other) < IndexOf(nodes, node)) && EnvoyWildcard.Intersect(other.Value, node.Value));
    }

    private static int IndexOf(EnvoyNodes nodes, EnvoyNode node) => nodes.All.IndexOf(node);

    /// <summary>
    /// Whether applying a limit besides the other one makes no difference: it allows no less in the same time, and counts the
    /// other's values each by itself.
    /// </summary>
    private static bool IsNoLess(EnvoyNode node, EnvoyNode other) =>
        node.Limit is { } limit
        && !node.SharesThreshold
        && !other.SharesThreshold
        && other.Limit is { IsUnlimited: false, IsShadow: false } stricter
        && stricter.Unit == limit.Unit
        && stricter.RequestsPerUnit <= limit.RequestsPerUnit;

    /// <summary>Descriptors with the same entries and more, or in another order.</summary>
    private static string? OfOthers(IReadOnlyList<EnvoyNode[]> paths, EnvoyNode[] path)
    {
        foreach (var other in paths)
        {
            if (!HasSameKeys(path, other) && Array.TrueForAll(path, node => HoldsFor(node, other)))
            {
                return $"a request for '{other[^1].FullName}' ({other[^1].Place}) has its attributes, too, and of rules all that match are applied";
            }
        }

        return null;
    }

    private static bool HasSameKeys(EnvoyNode[] path, EnvoyNode[] other) =>
        path.Length == other.Length && path.Zip(other).All(pair => string.Equals(pair.First.Key, pair.Second.Key, StringComparison.Ordinal));

    /// <summary>Whether a descriptor on the other way can have an entry that this one matches.</summary>
    private static bool HoldsFor(EnvoyNode node, EnvoyNode[] other) => Array.Exists(
        other,
        one => one.SpansKey
            ? EnvoyWildcard.Intersect(one.Part, node.Value.Length == 0 ? $"{node.Key}_*" : node.Part)
            : string.Equals(one.Key, node.Key, StringComparison.Ordinal)
                && (one.Value.Length == 0 || node.Value.Length == 0 || EnvoyWildcard.Intersect(one.Value, node.Value)));
}
