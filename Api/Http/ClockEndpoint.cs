using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core.Time;

namespace Throttle.Api.Http;

/// <summary><c>GET</c> and <c>POST /v1/clock</c>, where time stands still until it is moved.</summary>
internal sealed class ClockEndpoint(VirtualTimeProvider clock)
{
    public Task ShowAsync(HttpContext context) =>
        JsonBody.WriteAsync(context, StatusCodes.Status200OK, clock.GetUtcNow(), WriteNow);

    /// <summary>Moves the clock, which runs every timer on the way, and answers then.</summary>
    public async Task MoveAsync(HttpContext context)
    {
        var call = await RequestBody.ReadJsonAsync(context, RequestJson.Clock).ConfigureAwait(false);
        try
        {
            if (call.To is { } to)
            {
                clock.AdvanceTo(to);
            }
            else
            {
                clock.Advance(call.Advance ?? TimeSpan.Zero);
            }
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName is "instant" or "duration")
        {
            throw OutOfRange(call);
        }

        // What came due completes on other threads; those that are ready go first.
        await Task.Yield();
        await ShowAsync(context).ConfigureAwait(false);
    }

    internal static void WriteTime(Utf8JsonWriter writer, DateTimeOffset now)
    {
        SecondsJson.WriteInstant(writer, "now"u8, now);
        writer.WriteString("utc"u8, now.UtcDateTime);
    }

    private ApiProblemException OutOfRange(ClockCall call)
    {
        var now = $"{clock.GetUtcNow().UtcDateTime:O}";
        return new ApiProblemException(call.To is { } to
            ? ApiProblem.InvalidField("to", $"{to.UtcDateTime:O}", $"{now}, where the clock stands, or later: it cannot go back")
            : ApiProblem.InvalidField("advance", $"{call.Advance}", $"a duration that ends by the year 9999; the clock stands at {now}"));
    }

    private static void WriteNow(Utf8JsonWriter writer, DateTimeOffset now)
    {
        writer.WriteStartObject();
        WriteTime(writer, now);
        writer.WriteEndObject();
    }
}
