using Microsoft.Extensions.Logging;
using Throttle.Core.Replication;

namespace Throttle.Api.Replication;

/// <summary>Exchanges for logs that come and go, in real time: what is waited for is a machine.</summary>
internal sealed class PeerExchange(ReplicationOptions options, ReplicationMeter meter, ILoggerFactory logs) : IPeerExchange
{
    public string Region => options.Region;

    public IAsyncDisposable Start(IReplicationLog log)
    {
        var exchange = new ReplicationExchange(log, options, meter, TimeProvider.System, logs);
        exchange.Start();
        return new Running(exchange);
    }

    private sealed class Running(ReplicationExchange exchange) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await exchange.StopAsync(CancellationToken.None).ConfigureAwait(false);
            exchange.Dispose();
        }
    }
}
