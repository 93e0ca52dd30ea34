using Throttle.Core.Replication;

namespace Throttle.Grains.Interfaces;

/// <summary>A <see cref="ReplicationPage"/> inside a cluster.</summary>
/// <param name="Sender">The peer's region, or the silo.</param>
/// <param name="Incarnation">Which run of it.</param>
/// <param name="After">The version that the reader is known to have.</param>
/// <param name="Through">The version that it has when it has taken this.</param>
/// <param name="IsLast">Whether there is nothing beyond.</param>
/// <param name="Entries">The counts that changed, by version.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.CountPageWire")]
public sealed record CountPageWire(
    [property: Id(0)] string Sender,
    [property: Id(1)] long Incarnation,
    [property: Id(2)] long After,
    [property: Id(3)] long Through,
    [property: Id(4)] bool IsLast,
    [property: Id(5)] CountWire[] Entries)
{
    /// <summary>The wire form.</summary>
    public static CountPageWire From(ReplicationPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        return new(
            page.Region, page.Incarnation, page.After, page.Through, page.IsLast, [.. page.Entries.Select(entry => CountWire.From(entry))]);
    }

    /// <summary>The page.</summary>
    public ReplicationPage ToPage() => new(Sender, Incarnation, After, Through, IsLast, [.. Entries.Select(entry => entry.ToEntry())]);
}
