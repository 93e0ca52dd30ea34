using System.Net;
using System.Text.Json;
using Throttle.Core;
using Throttle.Core.Time;

namespace Throttle.Cli.Nodes;

/// <content>Permits to make one call each.</content>
internal sealed partial class NodeClient
{
    /// <summary>Asks for one permit, now or later.</summary>
    /// <returns>The answer, allowed or refused.</returns>
    public Task<JsonElement> ReserveAsync(Attributes attributes, TimeSpan maxWait, CancellationToken cancellationToken) => PostAsync(
        "v1/acquire",
        attributes,
        writer => writer.WriteNumber("wait"u8, Ticks.ToSeconds(maxWait.Ticks)),
        "allowed",
        cancellationToken);

    /// <summary>Asks whether the call of a permit may run now.</summary>
    public Task<JsonElement> BeginAsync(Attributes attributes, decimal at, CancellationToken cancellationToken) =>
        PostAsync("v1/begin", attributes, writer => writer.WriteNumber("at"u8, at), "outcome", cancellationToken);

    /// <summary>Tells how long ago the call of a permit ran.</summary>
    public Task<JsonElement> RanAsync(Attributes attributes, decimal at, TimeSpan ago, CancellationToken cancellationToken) => PostAsync(
        "v1/ran",
        attributes,
        writer =>
        {
            writer.WriteNumber("at"u8, at);
            writer.WriteNumber("ago"u8, Ticks.ToSeconds(ago.Ticks));
        },
        "ran",
        cancellationToken);

    /// <summary>Gives a permit back.</summary>
    public Task<JsonElement> ReturnAsync(Attributes attributes, decimal at, CancellationToken cancellationToken) =>
        PostAsync("v1/return", attributes, writer => writer.WriteNumber("at"u8, at), "returned", cancellationToken);

    private async Task<JsonElement> PostAsync(
        string path, Attributes attributes, Action<Utf8JsonWriter> writeRest, string expected, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server, path))
        {
            Content = new ByteArrayContent(Body(attributes, writeRest)) { Headers = { ContentType = new("application/json") } },
        };
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var isAnswer = response.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
            && HasField(body, expected);
        if (!isAnswer)
        {
            throw Failure(response, body);
        }

        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }
}
