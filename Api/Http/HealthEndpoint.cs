using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Throttle.Api.Hosting;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.Http;

/// <summary><c>GET /health/live</c> and <c>/health/ready</c>.</summary>
internal sealed class HealthEndpoint(
    IRules rules, ThrottleApiOptions options, IHostApplicationLifetime lifetime, AdminGuard guard, INodeState? state = null)
{
    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>200 as long as the process answers: it asks nothing and nobody.</summary>
    public Task LiveAsync(HttpContext context) => JsonBody.WriteAsync(context, StatusCodes.Status200OK, this, WriteLive);

    /// <summary>
    /// 200 while requests are taken, 503 from the moment the node is asked to stop, and while its <see cref="INodeState"/> says
    /// so. A faulty edit of the rule file is told, and does not matter: the rules before it are in force.
    /// </summary>
    public Task ReadyAsync(HttpContext context)
    {
        var reason = IsStopping ? null : state?.NotReady;
        var status = IsStopping || reason is not null ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return JsonBody.WriteAsync(context, status, (this, reason, FileError(context)), WriteReady);
    }

    private static void WriteLive(Utf8JsonWriter writer, HealthEndpoint health)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, "live"u8);
        writer.WriteEndObject();
    }

    private static void WriteReady(Utf8JsonWriter writer, (HealthEndpoint Health, string? Reason, string? FileError) ready) =>
        ready.Health.WriteReady(writer, ready.Reason, ready.FileError);

    /// <summary>The fault of the rule file. The message quotes the file, so only callers that may read the rules see it.</summary>
    private string? FileError(HttpContext context) =>
        options.RuleFileError?.Invoke() is not { } error ? null
        : guard.MayRead(context) ? error.Message
        : "The rule file has a faulty edit; the node's log says which.";

    private void WriteReady(Utf8JsonWriter writer, string? reason, string? fileError)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, IsStopping ? "stopping"u8 : reason is null ? "ready"u8 : "not-ready"u8);
        if (reason is not null)
        {
            writer.WriteString("reason"u8, reason);
        }

        var current = rules.Current;
        writer.WriteNumber("rulesVersion"u8, current.Version);
        writer.WriteNumber("rules"u8, current.Rules.Length);
        writer.WriteString("ruleFileError"u8, fileError);
        writer.WriteBoolean("virtualClock"u8, options.Clock is VirtualTimeProvider);
        ClockEndpoint.WriteTime(writer, options.Clock.GetUtcNow());
        writer.WriteEndObject();
    }
}
