using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary><c>POST /v1/begin</c> asks whether a granted call may run now; <c>POST /v1/ran</c> tells when it did.</summary>
internal sealed class BeginEndpoint(IThrottle throttle, IRules rules)
{
    public async Task BeginAsync(HttpContext context)
    {
        var call = await RequestBody.ReadJsonAsync(context, RequestJson.Begin).ConfigureAwait(false);
        KeyLength.Check(rules.Current, call.Request.Attributes, "");
        var begin = await Misuse.CatchAsync(
            (request, cancellationToken) => throttle.BeginAsync(request, call.At, cancellationToken),
            call.Request,
            "",
            context.RequestAborted).ConfigureAwait(false);
        var status = begin.Outcome == PermitOutcome.Unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RateLimitFields.Seconds(begin.Wait.Ticks).ToString(CultureInfo.InvariantCulture);
        }

        await JsonBody.WriteAsync(context, status, begin, Write).ConfigureAwait(false);
    }

    public async Task RanAsync(HttpContext context)
    {
        var call = await RequestBody.ReadJsonAsync(context, RequestJson.Ran).ConfigureAwait(false);
        KeyLength.Check(rules.Current, call.Request.Attributes, "");
        var isOfUse = await Misuse.CatchAsync(
            (request, cancellationToken) => throttle.RanAsync(request, call.At, call.Ago, cancellationToken),
            call.Request,
            "",
            context.RequestAborted).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, isOfUse, WriteRan).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter writer, BeginDecision begin)
    {
        writer.WriteStartObject();
        writer.WriteString("outcome"u8, begin.Outcome switch
        {
            PermitOutcome.Begun => "begun"u8,
            PermitOutcome.Wait => "wait"u8,
            PermitOutcome.Expired => "expired"u8,
            _ => "unavailable"u8,
        });
        if (begin.Outcome == PermitOutcome.Begun && begin.Within < TimeSpan.MaxValue)
        {
            SecondsJson.Write(writer, "within"u8, begin.Within.Ticks);
        }

        SecondsJson.Write(writer, "wait"u8, begin.Wait.Ticks);
        if (begin.Error is { } error)
        {
            writer.WriteString("error"u8, error.ToString());
        }

        writer.WriteEndObject();
    }

    private static void WriteRan(Utf8JsonWriter writer, bool isOfUse)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("ran"u8, isOfUse);
        writer.WriteEndObject();
    }
}
