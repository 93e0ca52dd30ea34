using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary><c>POST /v1/return</c> gives permits back; <c>POST /v1/renew</c> extends a lease.</summary>
/// <remarks>
/// A lease is the proof that its bearer took the permits. Attributes prove nothing: whoever knows them could refill the bucket of
/// another, so giving back by attributes needs the right to edit.
/// </remarks>
internal sealed class ReturnEndpoint(IThrottle throttle, IRules rules, AdminGuard guard)
{
    public async Task ReturnAsync(HttpContext context)
    {
        var call = await RequestBody.ReadJsonAsync(context, RequestJson.Return).ConfigureAwait(false);
        if (call.Lease is { } lease)
        {
            var wasHeld = await CatchFormatAsync(throttle.EndLeaseAsync, lease, context.RequestAborted).ConfigureAwait(false);
            await JsonBody.WriteAsync(context, StatusCodes.Status200OK, wasHeld, WriteLeaseReturned).ConfigureAwait(false);
            return;
        }

        guard.Check(context);
        KeyLength.Check(rules.Current, call.Request.Attributes, "");
        var decision = await Misuse.CatchAsync(
            (request, cancellationToken) => throttle.ReturnAsync(request, call.At, cancellationToken),
            call.Request,
            "",
            context.RequestAborted).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, decision, WriteReturned).ConfigureAwait(false);
    }

    public async Task RenewAsync(HttpContext context)
    {
        var lease = await RequestBody.ReadJsonAsync(context, RequestJson.Renew).ConfigureAwait(false);
        var expiresAt = await CatchFormatAsync(throttle.RenewLeaseAsync, lease, context.RequestAborted).ConfigureAwait(false)
            ?? throw new ApiProblemException(new ApiProblem(
                404, "lease-not-held", "The lease is no longer held: it ended, was given back, or was never granted; acquire again.")
            {
                Field = "lease",
            });
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, expiresAt, WriteRenewed).ConfigureAwait(false);
    }

    private static async ValueTask<T> CatchFormatAsync<T>(
        Func<string, CancellationToken, ValueTask<T>> use, string lease, CancellationToken cancellationToken)
    {
        try
        {
            return await use(lease, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            throw new ApiProblemException(ApiProblem.InvalidField(
                "lease", $"'{ApiProblem.Shorten(lease)}'", "the text that an allowed answer carried"));
        }
    }

    private static void WriteLeaseReturned(Utf8JsonWriter writer, bool wasHeld)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("returned"u8, wasHeld);
        writer.WriteEndObject();
    }

    private static void WriteReturned(Utf8JsonWriter writer, Decision decision)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("returned"u8, decision.Rules.Count > 0);
        writer.WriteStartArray("rules"u8);
        foreach (var rule in decision.Rules)
        {
            DecisionJson.WriteBucket(writer, rule);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteRenewed(Utf8JsonWriter writer, DateTimeOffset expiresAt)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("held"u8, true);
        SecondsJson.WriteInstant(writer, "expiresAt"u8, expiresAt);
        writer.WriteEndObject();
    }
}
