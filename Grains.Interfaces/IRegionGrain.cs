namespace Throttle.Grains.Interfaces;

/// <summary>
/// The cluster as one region among others: one grain, whose key is <see cref="Key"/>. It hears from the silos what their buckets
/// have granted, tells the peers, and has the buckets' owners charged for what the peers tell. No decision waits for it.
/// </summary>
[Alias("throttle.IRegionGrain")]
public interface IRegionGrain : IGrainWithStringKey
{
    /// <summary>The key of the only one.</summary>
    const string Key = "region";

    /// <summary>Takes what a silo has counted. Pages that are lost, late or repeated change nothing in the end.</summary>
    /// <param name="page">The silo's page.</param>
    /// <param name="cancellationToken">Gives up; the page may have been taken.</param>
    /// <returns>The version up to which everything of the silo was heard: where it is to go on.</returns>
    [Alias("Report")]
    ValueTask<long> ReportAsync(CountPageWire page, CancellationToken cancellationToken = default);

    /// <summary>Takes what a peer has told. Its buckets are charged soon afterwards.</summary>
    /// <param name="page">The peer's page.</param>
    /// <param name="cancellationToken">Gives up; the page may have been taken.</param>
    [Alias("Receive")]
    ValueTask<PeerReply> ReceiveAsync(CountPageWire page, CancellationToken cancellationToken = default);
}
