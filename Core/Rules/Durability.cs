namespace Throttle.Core.Rules;

/// <summary>What a cluster keeps of a rule's buckets when it loses the machine they are on. One process keeps all of them in memory.</summary>
public enum Durability
{
    /// <summary><see cref="Memory"/> for what refills within a minute, <see cref="Persisted"/> for everything slower and for queues.</summary>
    Auto,

    /// <summary>Kept in memory only: a lost bucket starts again with what could have refilled since the loss, never with more.</summary>
    Memory,

    /// <summary>Kept in storage, and written before permits are granted: a lost bucket may have lost permits, and never grants one twice.</summary>
    Persisted,
}
