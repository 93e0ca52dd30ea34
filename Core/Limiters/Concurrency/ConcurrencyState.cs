namespace Throttle.Core.Limiters;

/// <summary>What a concurrency bucket remembers: its leases, 32 bytes each.</summary>
public struct ConcurrencyState
{
    // A field, not a property: the ring is changed in place. In order of expiry.
    internal Ring<Lease> Leases;

    /// <summary>Permits of all leases.</summary>
    internal long Held { get; set; }

    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }
}
