using Throttle.Core.Failures;
using Throttle.Core.Replication;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Regions;

/// <summary>Hands what peers tell to the cluster's <see cref="IRegionGrain"/>, whichever silo they ask.</summary>
internal sealed class RegionInbox(IGrainFactory grains, IPeerExchange exchange, BucketContext context) : IReplicationInbox
{
    // Real time: the peer waits no longer, and tells it again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public string Region => exchange.Region;

    public async ValueTask<ReplicationReceipt> ReceiveAsync(ReplicationPage page, CancellationToken cancellationToken)
    {
        PeerReply reply;
        try
        {
            reply = await grains.GetGrain<IRegionGrain>(IRegionGrain.Key)
                .ReceiveAsync(CountPageWire.From(page), cancellationToken)
                .AsTask()
                .WaitAsync(Patience, TimeProvider.System, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var failure = context.Failures.Tell(FailureReason.OwnerUnreachable, IRegionGrain.Key, e);
            throw new ReplicationException($"The region '{Region}' cannot take it now: {failure}") { IsPassing = true };
        }

        return reply.ToReceipt();
    }
}
