namespace Throttle.Core.Replication;

/// <summary>A page that this node does not take; nothing has changed.</summary>
public sealed class ReplicationException(string message) : Exception(message)
{
    /// <summary>Whether the same page may be taken later; else the nodes are not set up to exchange.</summary>
    public bool IsPassing { get; init; }

    internal static ReplicationException OwnRegion(string region) => new(
        $"Both nodes go by the region '{region}', or a node is its own peer; give each a name of its own, and only others as peers.");

    internal static ReplicationException OneTooMany(string region) => new(
        $"The region '{ShownText.Of(region)}' is one too many: this node listens to at most {ReplicationLimits.MaxRegions}.");
}
