using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using Throttle.Core.Time;
using Throttle.Silo.Settings;

namespace Throttle.Silo.Hosting;

/// <summary>Sees to it that the list of a cluster's members can be reached, before a silo starts.</summary>
internal static class Members
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Waits until the primary listens, at most <see cref="SiloSettings.JoinTimeout"/>.</summary>
    /// <param name="settings">Whose primary is another silo.</param>
    /// <param name="say">Is told once that there is something to wait for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SiloStartException">It does not.</exception>
    public static async Task WaitForPrimaryAsync(SiloSettings settings, Action<string> say, CancellationToken cancellationToken)
    {
        var primary = settings.Primary!;
        using var timeout = new CancellationTokenSource(settings.JoinTimeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            for (var isFirst = true; !await IsListeningAsync(primary, either.Token).ConfigureAwait(false); isFirst = false)
            {
                if (isFirst)
                {
                    say($"Waiting for the primary silo at {primary}. (For a cluster that begins here, give --primary {settings.Endpoint}.)");
                }

                await Task.Delay(Pause, TimeProvider.System, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SiloStartException(
                $"No silo answers at {primary} within {Durations.Format(settings.JoinTimeout.Ticks)}; start the primary first, or name it with --primary.");
        }
    }

    /// <summary>Connects to Redis.</summary>
    /// <exception cref="SiloStartException">It does not answer, or refuses.</exception>
    public static async Task<IConnectionMultiplexer> ConnectAsync(ConfigurationOptions redis)
    {
        var servers = string.Join(", ", redis.EndPoints.Select(Shown));
        try
        {
            var connection = await ConnectionMultiplexer.ConnectAsync(redis).ConfigureAwait(false);
            if (connection.IsConnected)
            {
                return connection;
            }

            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (RedisConnectionException e)
        {
            throw new SiloStartException($"Redis at {servers} cannot be used ({e.FailureType}): {Api.Hosting.Errors.FirstLine(e)}");
        }

        throw new SiloStartException($"Redis at {servers} does not answer; name another with --redis.");
    }

    private static string Shown(EndPoint endpoint) => endpoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : $"{endpoint}";

    private static async Task<bool> IsListeningAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(endpoint, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
