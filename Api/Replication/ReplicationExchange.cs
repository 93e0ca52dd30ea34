using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Throttle.Core.Replication;

namespace Throttle.Api.Replication;

/// <summary>Exchanges with all peers while the node runs, each by itself: one that is down holds up nobody.</summary>
internal sealed class ReplicationExchange : IHostedService, IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly IReplicationLog _own;
    private readonly ReplicationMeter _meter;
    private readonly ReplicationOptions _options;
    private readonly PeerLink[] _links;
    private readonly ITimer _sweeping;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public ReplicationExchange(
        IReplicationLog own, ReplicationOptions options, ReplicationMeter meter, TimeProvider time, ILoggerFactory logs)
    {
        var log = logs.CreateLogger("Throttle.Replication");
        (_own, _meter, _options) = (own, meter, options);
        _links = [.. options.Check().Select(endpoint => new PeerLink(endpoint, own, meter, options, time, log))];
        _sweeping = time.CreateTimer(_ => own.Sweep(), null, SweepInterval, SweepInterval);
        meter.Watch(own, _links);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Start();
        return Task.CompletedTask;
    }

    /// <summary>Exchanges from now on.</summary>
    public void Start()
    {
        if (_options.IsAutomatic)
        {
            _own.Changed = () => Array.ForEach(_links, link => link.Wake());
            _running = Task.WhenAll(_links.Select(link => Task.Run(() => link.RunAsync(_stopping.Token), CancellationToken.None)));
        }
    }

    /// <summary>Tells everybody everything that changed, once.</summary>
    /// <returns>Whether all have it now.</returns>
    public async Task<bool> ExchangeAsync(CancellationToken cancellationToken = default) =>
        Array.TrueForAll(await Task.WhenAll(_links.Select(link => link.ExchangeAsync(cancellationToken))).ConfigureAwait(false), isDone => isDone);

    /// <summary>After the last request: what it took is told, too, where that is quick.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _own.Changed = null;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (_options.IsAutomatic)
        {
            // Real time: a process waits for it.
            using var ending = new CancellationTokenSource(Farewell, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, cancellationToken);
            await ExchangeAsync(either.Token).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _meter.Unwatch(_links);
        _sweeping.Dispose();
        Array.ForEach(_links, link => link.Dispose());
        _stopping.Dispose();
    }
}
