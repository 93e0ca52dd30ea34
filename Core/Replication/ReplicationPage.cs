namespace Throttle.Core.Replication;

/// <summary>What one node tells another: the buckets that changed between two of its versions, by version.</summary>
/// <param name="Region">The node's name.</param>
/// <param name="Incarnation">Tells this run of the node from earlier ones, whose counts are other counts.</param>
/// <param name="After">The version that the other is known to have.</param>
/// <param name="Through">The version that it has when it has taken this, at least <paramref name="After"/>.</param>
/// <param name="IsLast">Whether there is nothing beyond.</param>
/// <param name="Entries">The buckets, with versions above <paramref name="After"/>, rising to <paramref name="Through"/>.</param>
public sealed record ReplicationPage(
    string Region, long Incarnation, long After, long Through, bool IsLast, IReadOnlyList<ReplicationEntry> Entries);
