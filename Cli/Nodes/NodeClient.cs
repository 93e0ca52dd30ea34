using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Throttle.Api.RuleFiles;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Cli.Nodes;

/// <summary>Speaks to a running node. What goes wrong is a <see cref="CliException"/> that names the node.</summary>
internal sealed partial class NodeClient : IDisposable
{
    private const string Yaml = "application/yaml";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly Uri _server;

    /// <summary>A client of the node at this address; null for the default one.</summary>
    /// <param name="server">The address.</param>
    /// <param name="adminToken">The node's token, or null where it wants none.</param>
    /// <exception cref="CliException">The address is no HTTP URL.</exception>
    public NodeClient(string? server, string? adminToken = null)
    {
        var text = server ?? CommonOptions.DefaultServer;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || (!string.Equals(uri.Scheme, "http", StringComparison.Ordinal) && !string.Equals(uri.Scheme, "https", StringComparison.Ordinal)))
        {
            throw new CliException($"--server is '{text}'; use a URL such as {CommonOptions.DefaultServer}.");
        }

        _server = new Uri(uri.AbsoluteUri.TrimEnd('/') + "/");
        _http = new HttpClient { Timeout = Timeout };
        if (adminToken is not null)
        {
            // Unchecked: a token may hold characters that the header's own form does not know; the node judges it.
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {adminToken}");
        }
    }

    /// <summary>Asks for permits, and takes them when they are granted.</summary>
    /// <returns>The answer as the node wrote it, allowed or refused.</returns>
    public async Task<string> AcquireAsync(Attributes attributes, long cost, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server, "v1/acquire"))
        {
            Content = new ByteArrayContent(Body(attributes, writer => writer.WriteNumber("cost"u8, cost))) { Headers = { ContentType = new("application/json") } },
        };
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);

        // A refusal is an answer; so is a rule that could not be asked and says deny.
        var isDecision = response.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
            && HasField(body, "allowed");
        return isDecision ? body : throw Failure(response, body);
    }

    /// <summary>The rules in force, with their version.</summary>
    public async Task<RuleSet> GetRulesAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server, "v1/rules"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Yaml));
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK || !TryReadVersion(response, out var version))
        {
            throw Failure(response, body);
        }

        try
        {
            return new RuleSet(RuleFileReader.Read(body), version);
        }
        catch (InvalidRulesException e)
        {
            throw new CliException($"{_server} answered rules that this version of the command cannot read: {e.Faults[0]}");
        }
    }

    /// <summary>Puts a whole set of rules in force.</summary>
    /// <param name="yaml">The rule file's text.</param>
    /// <param name="ifVersion">The version that the rules were edited from, or null to overwrite whatever is there.</param>
    /// <param name="cancellationToken">Gives up; the rules may or may not be in force then.</param>
    /// <returns>The version now in force.</returns>
    public async Task<long> PutRulesAsync(string yaml, long? ifVersion, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(_server, "v1/rules"))
        {
            Content = new StringContent(yaml, Encoding.UTF8, Yaml),
        };
        if (ifVersion is { } expected)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{expected}\"")));
        }

        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK && TryReadVersion(response, out var version)
            ? version
            : throw Failure(response, await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What the node, or its cluster, has decided.</summary>
    /// <param name="rule">Only this rule, or null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer as the node wrote it.</returns>
    public async Task<string> GetUsageAsync(string? rule, CancellationToken cancellationToken)
    {
        var query = rule is null ? "" : $"?rule={Uri.EscapeDataString(rule)}";
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server, "v1/usage" + query));
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK && HasField(body, "rules") ? body : throw Failure(response, body);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static byte[] Body(Attributes attributes, Action<Utf8JsonWriter> writeRest)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("attributes"u8);
            foreach (var (name, value) in attributes)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            writeRest(writer);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            throw new CliException($"No node answers at {_server} ({e.InnerException?.Message ?? e.Message}). Start one with 'throttle serve', or name it with --server.");
        }
        catch (HttpRequestException e)
        {
            throw new CliException($"{_server} cannot be asked: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"{_server} has not answered for {Timeout.TotalSeconds:0} s.");
        }
    }

    private static bool TryReadVersion(HttpResponseMessage response, out long version)
    {
        version = 0;
        return response.Headers.ETag is { } tag
            && long.TryParse(tag.Tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }

    private static bool HasField(string json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What the node says is wrong: its problem's detail, and each fault of a set of rules on its own line.</summary>
    private CliException Failure(HttpResponseMessage response, string body)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {response.ReasonPhrase}");
        try
        {
            using var problem = JsonDocument.Parse(body);
            if (problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty("detail", out var detail))
            {
                var hint = response.StatusCode == HttpStatusCode.Unauthorized ? $" Here: {TokenArguments.Variable}, --admin-token-file FILE, or --admin-token TOKEN." : "";
                return new CliException($"{_server} answers {status}: {detail.GetString()}{hint}{Faults(problem.RootElement)}");
            }
        }
        catch (JsonException)
        {
            // Not a problem document, so not one of our nodes' own answers.
        }

        return new CliException($"{_server} answers {status}, which is no answer of a throttle node.");
    }

    private static string Faults(JsonElement problem)
    {
        if (!problem.TryGetProperty("faults", out var faults) || faults.ValueKind != JsonValueKind.Array)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var fault in faults.EnumerateArray())
        {
            var line = fault.TryGetProperty("line", out var number) ? $"line {number}: " : "";
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  {line}{fault.GetProperty("path")}: {fault.GetProperty("message")}");
        }

        return text.ToString();
    }
}
