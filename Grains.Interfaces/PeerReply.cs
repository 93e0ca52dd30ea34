using Throttle.Core.Replication;

namespace Throttle.Grains.Interfaces;

/// <summary>What became of a peer's page.</summary>
/// <param name="Through">The version up to which everything of the peer was heard.</param>
/// <param name="New">Entries that were new.</param>
/// <param name="Unused">New ones that met no such rule that is shared here.</param>
/// <param name="Fault">Why it was not taken, or null.</param>
/// <param name="IsPassing">Whether the same page may be taken later.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.PeerReply")]
public readonly record struct PeerReply(
    [property: Id(0)] long Through,
    [property: Id(1)] int New,
    [property: Id(2)] int Unused,
    [property: Id(3)] string? Fault = null,
    [property: Id(4)] bool IsPassing = false)
{
    /// <summary>The receipt.</summary>
    /// <exception cref="ReplicationException">It was not taken.</exception>
    public ReplicationReceipt ToReceipt() =>
        Fault is null ? new(Through, New, Unused) : throw new ReplicationException(Fault) { IsPassing = IsPassing };
}
