using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Throttle.Api.Hosting;

namespace Throttle.Api.Gubernator;

/// <summary><c>GET /v1/HealthCheck</c> and <c>/v1/LiveCheck</c>, as gubernator answers them: with 200, whatever they say.</summary>
internal sealed class GubernatorHealthEndpoint(IHostApplicationLifetime lifetime, INodeState? state = null)
{
    public Task HealthAsync(HttpContext context)
    {
        var message = lifetime.ApplicationStopping.IsCancellationRequested ? "The node is stopping." : state?.NotReady ?? "";

        // The address that the caller used. A proxy may hide the node's own address, and an answer should not give it away.
        var address = context.Request.Host.Value ?? "";
        return JsonBody.WriteAsync(context, StatusCodes.Status200OK, (message, state?.NodeCount ?? 1, address), WriteHealth);
    }

    public Task LiveAsync(HttpContext context) => JsonBody.WriteAsync(context, StatusCodes.Status200OK, 0, static (writer, _) =>
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    });

    private static void WriteHealth(Utf8JsonWriter writer, (string Message, int Nodes, string Address) health)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, health.Message.Length == 0 ? "healthy"u8 : "unhealthy"u8);
        writer.WriteString("message"u8, health.Message);
        writer.WriteNumber("peer_count"u8, health.Nodes);
        writer.WriteString("advertise_address"u8, health.Address);
        writer.WriteStartArray("local_peers"u8);
        writer.WriteEndArray();
        writer.WriteStartArray("region_peers"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
