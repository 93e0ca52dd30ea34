using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Throttle.Core.Replication;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Regions;

/// <inheritdoc cref="IRegionGrain"/>
/// <remarks>
/// It remembers nothing that could not be told again: a new activation hears everything from the silos and the peers, buckets know
/// what they were charged for, and peers know the counts by their numbers. Reentrant: a report and a page wait for nobody.
/// </remarks>
[Reentrant]
[KeepAlive]
[GrainType("throttle-region")]
internal sealed partial class RegionGrain(IGrainContext grainContext, BucketContext context, IServiceProvider services, ILogger<RegionGrain> log)
    : IGrainBase, IRegionGrain, IGrainMigrationParticipant
{
    private const string MigrationKey = "throttle.region";
    private const int MaxSilos = 1_000;

    private readonly Dictionary<string, PeerLog> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PeerLog> _silos = new(StringComparer.Ordinal);
    private readonly List<ReplicationEntry> _arrived = [];
    private RegionLog _log = null!;
    private ChargeQueue _charges = null!;
    private IAsyncDisposable? _exchange;
    private long _lossSeen;

    public IGrainContext GrainContext => grainContext;

    public async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var exchange = services.GetService<IPeerExchange>() ?? throw new InvalidOperationException(
            "This silo was started without a region; name region, peers and peer token on every silo of the cluster, or on none.");

        // A silo may be asked for grains before it has fetched the rules.
        await context.Rules.Ready.WaitAsync(cancellationToken);
        _log = new(exchange.Region, context.Rules, context.Clock);
        foreach (var entry in _arrived)
        {
            _log.Merge(entry with { Start = 0 });
        }

        _lossSeen = context.Losses.LatestLoss;
        _charges = new(context, _log, TimeProvider.System);
        _exchange = exchange.Start(_log);
        LogBegun(log, exchange.Region);
    }

    public async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _charges?.Stop();
        if (_exchange is { } exchange)
        {
            _exchange = null;
            await exchange.DisposeAsync();
        }

        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown && context.HasOtherSilos)
        {
            this.MigrateOnIdle();
        }
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        if (_log is not null)
        {
            var entries = new List<CountWire>();
            for (var page = _log.ReadPage(0); ; page = _log.ReadPage(page.Through))
            {
                entries.AddRange(page.Entries.Select(entry => CountWire.From(entry)));
                if (page.IsLast)
                {
                    break;
                }
            }

            dehydrationContext.TryAddValue(MigrationKey, entries.ToArray());
        }
    }

    public void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        if (rehydrationContext.TryGetValue<CountWire[]>(MigrationKey, out var entries))
        {
            _arrived.AddRange(entries.Select(entry => entry.ToEntry()));
        }
    }

    public ValueTask<long> ReportAsync(CountPageWire page, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (_silos.Count >= MaxSilos && !_silos.ContainsKey(page.Sender))
        {
            // Most of them are gone; who is not tells everything again.
            _silos.Clear();
        }

        if (!_silos.TryGetValue(page.Sender, out var silo))
        {
            _silos[page.Sender] = silo = new(page.Incarnation);
        }

        silo.Hear(page.ToPage(), (entry, _) => _log.Merge(entry));
        return new(silo.Through);
    }

    public ValueTask<PeerReply> ReceiveAsync(CountPageWire page, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (_charges.IsFull)
        {
            return new(new PeerReply(0, 0, 0, $"The region '{_log.Region}' has {ChargeQueue.MaxBuckets} buckets to charge already; try again.", IsPassing: true));
        }

        try
        {
            HeedLosses();
            var peer = PeerOf(page);
            var set = context.Rules.Current;
            var unused = 0;
            var news = peer.Hear(page.ToPage(), (entry, hasFollowed) =>
            {
                if (SharedRules.RateOf(set, entry.Rule) is null)
                {
                    unused++;
                    return;
                }

                _charges.Add(
                    entry.Rule, entry.Key, new(page.Sender, entry.Count, entry.Consumed, entry.Returned, entry.Outstanding, hasFollowed));
            });
            return new(new PeerReply(peer.Through, news, unused));
        }
        catch (ReplicationException e)
        {
            return new(new PeerReply(0, 0, 0, e.Message, e.IsPassing));
        }
    }

    /// <summary>Buckets that were lost know of no charges any more: then everything is heard again, and those that know it ignore it.</summary>
    private void HeedLosses()
    {
        if (context.Losses.LatestLoss is var loss && loss != _lossSeen)
        {
            _lossSeen = loss;
            _peers.Clear();
        }
    }

    private PeerLog PeerOf(CountPageWire page)
    {
        if (string.Equals(page.Sender, _log.Region, StringComparison.Ordinal))
        {
            throw ReplicationException.OwnRegion(_log.Region);
        }

        if (_peers.TryGetValue(page.Sender, out var peer))
        {
            return peer;
        }

        return _peers.Count < ReplicationLimits.MaxRegions
            ? _peers[page.Sender] = new(page.Incarnation)
            : throw ReplicationException.OneTooMany(page.Sender);
    }

    [LoggerMessage(1, LogLevel.Information, "The region {Region} is told to its peers, and charged for what they tell, from here")]
    private static partial void LogBegun(ILogger log, string region);
}
