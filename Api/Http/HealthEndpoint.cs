using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.Http;

/// <summary><c>GET /health/live</c> and <c>/health/ready</c>.</summary>
internal sealed class HealthEndpoint(
    IRules rules, TimeProvider clock, ThrottleApiOptions options, IHostApplicationLifetime lifetime)
{
    public Task LiveAsync(HttpContext context) => JsonBody.WriteAsync(context, StatusCodes.Status200OK, this, WriteLive);

    /// <summary>200 while requests are taken, 503 from the moment the node is asked to stop. A faulty edit of the rule file is told, and does not matter: the rules before it are in force.</summary>
    public Task ReadyAsync(HttpContext context) => JsonBody.WriteAsync(
        context,
        lifetime.ApplicationStopping.IsCancellationRequested ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK,
        this,
        WriteReady);

    private static void WriteLive(Utf8JsonWriter writer, HealthEndpoint health)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, "live"u8);
        writer.WriteEndObject();
    }

    private static void WriteReady(Utf8JsonWriter writer, HealthEndpoint health) => health.WriteReady(writer);

    private void WriteReady(Utf8JsonWriter writer)
    {
        var current = rules.Current;
        writer.WriteStartObject();
        writer.WriteString("status"u8, lifetime.ApplicationStopping.IsCancellationRequested ? "stopping"u8 : "ready"u8);
        writer.WriteNumber("rulesVersion"u8, current.Version);
        writer.WriteNumber("rules"u8, current.Rules.Length);
        writer.WriteString("ruleFileError"u8, options.RuleFileError?.Invoke()?.Message);
        writer.WriteBoolean("virtualClock"u8, clock is VirtualTimeProvider);
        ClockEndpoint.WriteTime(writer, clock.GetUtcNow());
        writer.WriteEndObject();
    }
}
