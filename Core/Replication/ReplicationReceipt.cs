namespace Throttle.Core.Replication;

/// <summary>What became of a page.</summary>
/// <param name="Through">The version up to which everything of the sender was heard.</param>
/// <param name="New">Entries that were new.</param>
/// <param name="Unused">New entries that met no such rule here that is shared, or no room for another bucket.</param>
public readonly record struct ReplicationReceipt(long Through, int New, int Unused);
