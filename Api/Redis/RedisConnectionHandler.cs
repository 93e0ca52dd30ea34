using Microsoft.AspNetCore.Connections;

namespace Throttle.Api.Redis;

/// <summary>Serves the Redis protocol on an endpoint of Kestrel's.</summary>
internal sealed class RedisConnectionHandler(RedisFront front) : ConnectionHandler
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var id = front.Enter();
        try
        {
            if (id == 0)
            {
                await RefuseAsync(connection).ConfigureAwait(false);
                return;
            }

            using var served = new RedisConnection(front, connection, id, TimeProvider.System);
            await served.RunAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client has gone, or the node goes: what it waited for was given back.
        }
        catch (Exception e)
        {
            front.LogFailure(e);
        }
        finally
        {
            front.Leave();
        }
    }

    private static async Task RefuseAsync(ConnectionContext connection)
    {
        var writer = new RespWriter(connection.Transport.Output);
        writer.Error("ERR max number of clients reached");
        await connection.Transport.Output.FlushAsync(connection.ConnectionClosed).ConfigureAwait(false);
    }
}
