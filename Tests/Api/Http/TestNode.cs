using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Throttle.Api.Hosting;

namespace Throttle.Tests.Api.Http;

/// <summary>A node on a free port of 127.0.0.1 and a clock that stands at 2026-01-01, with its client.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const string PerClient = """
        version: 1
        rules:
          - id: per-client
            match: { path: /api/** }
            key: [user]
            limit: { algorithm: token-bucket, capacity: 20, refill: 10/s }
        """;

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder;

    private TestNode(ThrottleNode node, string folder)
    {
        Node = node;
        _folder = folder;
        Client = NewClient();
    }

    public ThrottleNode Node { get; }

    public HttpClient Client { get; }

    public Uri Address => new(Node.Addresses[0]);

    public string RulesPath => Path.Combine(_folder, "rules.yaml");

    public static async Task<TestNode> StartAsync(string rules = PerClient, Func<NodeOptions, NodeOptions>? configure = null)
    {
        var folder = Directory.CreateTempSubdirectory("throttle-http-").FullName;
        var path = Path.Combine(folder, "rules.yaml");
        await File.WriteAllTextAsync(path, rules);
        var options = new NodeOptions { RulesPath = path, Urls = ["http://127.0.0.1:0"], VirtualClockStart = Start };
        return new TestNode(await ThrottleNode.StartAsync(configure is null ? options : configure(options)), folder);
    }

    public HttpClient NewClient() => new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };

    public Task<HttpResponseMessage> PostAsync(string path, string body, string contentType = "application/json") =>
        SendAsync(HttpMethod.Post, path, body, contentType);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? body = null, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), $"The header {name} cannot be sent.");
        }

        return await Client.SendAsync(request);
    }

    /// <summary>Asks, and returns status and body.</summary>
    public async Task<(int Status, string Body)> AskAsync(string body, string path = "/v1/acquire")
    {
        using var response = await PostAsync(path, body);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task AdvanceAsync(string duration)
    {
        using var response = await PostAsync("/v1/clock", $$"""{"advance":"{{duration}}"}""");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The problem of a response, whose status must be this.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"Expected {status}, got {(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        using var document = JsonDocument.Parse(text);
        var problem = document.RootElement.Clone();
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        return problem;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Node.StopAsync();
        await Node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
