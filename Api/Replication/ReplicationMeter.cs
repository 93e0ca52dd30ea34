using System.Diagnostics.Metrics;
using Throttle.Core.Engine;
using Throttle.Core.Replication;

namespace Throttle.Api.Replication;

/// <summary>
/// What the exchange between nodes counts, on the throttle's meter: by peer (its address) what was sent, what failed and how far
/// it is behind, and by region what was received. Never by key.
/// </summary>
internal sealed class ReplicationMeter : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _received;
    private readonly Counter<long> _unused;
    private volatile IReplicationLog? _log;
    private volatile IReadOnlyList<PeerLink> _links = [];

    public ReplicationMeter(object scope)
    {
        _meter = new(new MeterOptions(ThrottleInstruments.MeterName) { Scope = scope });
        _sent = _meter.CreateCounter<long>("throttle.replication.sent", "{bucket}", "Buckets told to a peer.");
        _failures = _meter.CreateCounter<long>("throttle.replication.failures", "{exchange}", "Exchanges with a peer that failed.");
        _received = _meter.CreateCounter<long>("throttle.replication.received", "{bucket}", "Buckets that a region has told of, each once a change.");
        _unused = _meter.CreateCounter<long>("throttle.replication.unused", "{bucket}", "Of these, such as have no shared rule or no room here.");
        _meter.CreateObservableGauge("throttle.replication.buckets", () => _log?.OwnCount ?? 0, "{bucket}", "Buckets whose grants here are told to peers.");
        _meter.CreateObservableGauge(
            "throttle.replication.behind",
            () => _links.Select(link => new Measurement<long>(link.Behind, Peer(link))),
            "{change}",
            "Changes that a peer has not been told yet.");
    }

    /// <summary>Shows how far each peer is behind a log, until something else is shown.</summary>
    public void Watch(IReplicationLog log, IReadOnlyList<PeerLink> links) => (_log, _links) = (log, links);

    /// <summary>Shows them no more.</summary>
    public void Unwatch(IReadOnlyList<PeerLink> links)
    {
        if (ReferenceEquals(_links, links))
        {
            (_log, _links) = (null, []);
        }
    }

    public void CountSent(PeerLink link, int entries) => _sent.Add(entries, Peer(link));

    public void CountFailure(PeerLink link) => _failures.Add(1, Peer(link));

    public void CountReceived(string region, ReplicationReceipt receipt)
    {
        var tag = new KeyValuePair<string, object?>("region", region);
        _received.Add(receipt.New, tag);
        _unused.Add(receipt.Unused, tag);
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Peer(PeerLink link) => new("peer", link.Name);
}
