using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Api.Http.Description;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Api.Http;

public sealed partial class OpenApiTests
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = false,
    };

    [Fact]
    public async Task Description_EveryRoute_IsInIt()
    {
        await using var node = await TestNode.StartAsync();
        using var document = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json"));
        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}"))
            .Order(StringComparer.Ordinal);
        var mapped = node.Node.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .SelectMany(e => e.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(m => $"{m} {CatchAll().Replace(e.RoutePattern.RawText!, "{")}"))
            .Where(r => !r.StartsWith("HEAD ", StringComparison.Ordinal) && !r.Contains("/openapi/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        Assert.Equal(mapped, described);
        Assert.Equal(41, described.Count());
    }

    [Fact]
    public async Task Description_EveryOperation_HasNameSummaryAnswersAndParameters()
    {
        await using var node = await TestNode.StartAsync();
        using var document = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json"));
        var root = document.RootElement;
        Assert.StartsWith("3.", root.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in root.GetProperty("paths").EnumerateObject())
        {
            foreach (var (method, operation) in path.Value.EnumerateObject().Select(o => (o.Name, o.Value)))
            {
                var what = $"{method} {path.Name}";
                Assert.True(names.Add(operation.GetProperty("operationId").GetString()!), $"{what}: the name is taken.");
                Assert.False(string.IsNullOrEmpty(operation.GetProperty("summary").GetString()), $"{what}: no summary.");
                var isLater = method is "post" && path.Name.StartsWith("/v1/queues/", StringComparison.Ordinal);
                Assert.True(operation.GetProperty("responses").TryGetProperty(isLater ? "202" : "200", out _), $"{what}: no good answer.");
                Assert.Equal(method is "post" or "put", operation.TryGetProperty("requestBody", out _));
                var isOpen = path.Name.StartsWith("/v1/queues/", StringComparison.Ordinal);
                var isEdit = (method is "put" or "delete" && !isOpen)
                    || (path.Name is "/v1/clock" && method is "post")
                    || path.Name is "/demo/stream" or "/rlconfig" or "/v1/rules" or "/v1/rules/{id}" or "/v1/usage"
                    || path.Name.StartsWith("/v1/failed/", StringComparison.Ordinal);
                Assert.True(isEdit == operation.TryGetProperty("security", out _), $"{what}: whether it needs the token.");
                var parameters = operation.TryGetProperty("parameters", out var list)
                    ? list.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path").Select(p => $"{{{p.GetProperty("name")}}}")
                    : [];
                Assert.Equal(Parameter().Matches(path.Name).Select(m => m.Value), parameters);
            }
        }
    }

    [Theory]
    [InlineData("/v1/acquire", "post", "200", "RateLimit RateLimit-Policy")]
    [InlineData("/v1/acquire", "post", "429", "RateLimit RateLimit-Policy Retry-After")]
    [InlineData("/v1/queues/{rule}/{key}", "post", "429", "Retry-After")]
    [InlineData("/v1/rules", "get", "200", "ETag")]
    [InlineData("/v1/rules", "put", "200", "ETag Rule-File-Kept")]
    [InlineData("/v1/rules/{id}", "put", "201", "ETag Rule-File-Kept")]
    [InlineData("/v1/rules/{id}", "delete", "200", "ETag Rule-File-Kept")]
    public async Task Description_HeadersOfAnswers_AreInIt(string path, string method, string status, string names)
    {
        await using var node = await TestNode.StartAsync();
        using var document = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json"));
        var headers = document.RootElement.GetProperty("paths").GetProperty(path).GetProperty(method)
            .GetProperty("responses").GetProperty(status).GetProperty("headers");
        Assert.Equal(names, string.Join(' ', headers.EnumerateObject().Select(h => h.Name).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("get")]
    [InlineData("put")]
    [InlineData("delete")]
    public async Task Description_BucketKeyInQuery_IsInIt(string method)
    {
        await using var node = await TestNode.StartAsync();
        using var document = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json"));
        var parameters = document.RootElement.GetProperty("paths").GetProperty("/v1/buckets/{rule}").GetProperty(method).GetProperty("parameters");
        Assert.Equal(
            ["path rule", "query key", .. method is "get" ? ["query limit", "query after"] : Array.Empty<string>()], parameters.EnumerateArray().Select(p => $"{p.GetProperty("in")} {p.GetProperty("name")}"));
    }

    [Fact]
    public async Task Description_EveryReference_Resolves()
    {
        await using var node = await TestNode.StartAsync();
        var text = await node.Client.GetStringAsync("/openapi/v1.json");
        using var document = JsonDocument.Parse(text);
        foreach (Match reference in Reference().Matches(text))
        {
            var target = document.RootElement;
            foreach (var part in reference.Groups["path"].Value.Split('/'))
            {
                Assert.True(target.TryGetProperty(part, out target), $"{reference.Value} leads nowhere.");
            }
        }

        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        foreach (var name in new[] { "AcquireRequest", "Answer", "RuleAnswer", "Problem", "ReturnRequest", "Bucket", "RuleSet", "Rule" })
        {
            Assert.True(schemas.TryGetProperty(name, out var schema) && schema.GetProperty("properties").EnumerateObject().Any(), $"{name} is not described.");
        }
    }

    [Fact]
    public async Task Description_Rule_HasEveryAlgorithmWithItsFields()
    {
        await using var node = await TestNode.StartAsync();
        using var document = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json"));

        var limits = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("Rule")
            .GetProperty("properties").GetProperty("limit").GetProperty("oneOf").EnumerateArray().ToList();

        Assert.Equal(
            Algorithms.All.Select(algorithm => algorithm.Name),
            limits.Select(limit => limit.GetProperty("properties").GetProperty("algorithm").GetProperty("const").GetString()));
        Assert.All(limits.Zip(Algorithms.All), pair => Assert.Equal(
            pair.Second.Describe().Select(field => field.Name.Split('.', '[')[0]).Distinct().Order(StringComparer.Ordinal),
            pair.First.GetProperty("properties").EnumerateObject().Select(p => p.Name).Where(n => n is not "algorithm").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Description_RealAnswers_FitTheirSchemas()
    {
        await using var node = await TestNode.StartAsync(
            TestNode.PerClient + "\n  - { id: jobs, key: user, match: { path: /jobs }, limit: { algorithm: concurrency, limit: 1, lease: 10s } }\n");
        foreach (var path in new[] { "/api/x", "/none", "/jobs", "/jobs" })
        {
            var (_, body) = await node.AskAsync(JsonSerializer.Serialize(new { attributes = new { user = "42", path } }));
            Assert.NotNull(Read<Schemas.Answer>(body));
            if (Read<Schemas.Answer>(body).Lease is { } lease)
            {
                Assert.True(Read<Schemas.RenewAnswer>((await node.AskAsync($$"""{"lease":"{{lease}}"}""", "/v1/renew")).Body).Held);
                Assert.True(Read<Schemas.ReturnAnswer>((await node.AskAsync($$"""{"lease":"{{lease}}"}""", "/v1/return")).Body).Returned);
            }
        }

        Assert.NotEmpty(Read<Schemas.ReturnAnswer>((await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"}}""", "/v1/return")).Body).Rules!);
        Assert.Equal("per-client", Read<Schemas.Bucket>(await node.Client.GetStringAsync("/v1/buckets/per-client/42")).Rule);
        Assert.Equal("begun", Read<Schemas.BeginAnswer>((await node.AskAsync("""{"attributes":{"user":"42"},"at":1767225600}""", "/v1/begin")).Body).Outcome);
        Assert.False(Read<Schemas.RanAnswer>((await node.AskAsync("""{"attributes":{"user":"42"},"at":1767225600,"ago":0.5}""", "/v1/ran")).Body).Ran);
        Assert.Equal(2, Read<Schemas.RuleSet>(await node.Client.GetStringAsync("/v1/rules")).Rules.Count);
        Assert.Equal("jobs", Read<Schemas.Rule>(await node.Client.GetStringAsync("/v1/rules/jobs")).Id);
        Assert.Equal("ready", Read<Schemas.Ready>(await node.Client.GetStringAsync("/health/ready")).Status);
        Assert.NotEmpty(Read<Schemas.Usage>(await node.Client.GetStringAsync("/v1/usage")).Rules[0].Nodes);
        Assert.Equal("live", Read<Schemas.Live>(await node.Client.GetStringAsync("/health/live")).Status);
        Assert.Equal(1767225600m, Read<Schemas.ClockAnswer>(await node.Client.GetStringAsync("/v1/clock")).Now);
        Assert.Equal(400, Read<Schemas.Problem>((await node.AskAsync("{}")).Body).Status);
        using var faulty = await node.SendAsync(HttpMethod.Put, "/v1/rules", "{\"version\":1,\"rules\":7}");
        Assert.NotEmpty(Read<Schemas.Problem>(await faulty.Content.ReadAsStringAsync()).Faults!);
        using var reset = await node.SendAsync(HttpMethod.Delete, "/v1/buckets/per-client/42");
        Assert.NotNull(Read<Schemas.ResetAnswer>(await reset.Content.ReadAsStringAsync()));
        using var deleted = await node.SendAsync(HttpMethod.Delete, "/v1/rules/jobs");
        Assert.Equal(2, Read<Schemas.VersionAnswer>(await deleted.Content.ReadAsStringAsync()).Version);
    }

    [Fact]
    public async Task Description_AnswersInEnvoysForm_FitTheirSchemas()
    {
        await using var node = await Envoy.EnvoyTestNode.StartAsync(
            Envoy.EnvoyConfigs.FilesOf("Example"), configure: options => options with { HasHeaders = true, HasMetadata = true });
        var body = Envoy.EnvoyTestNode.BodyOf("rl: foo=a,bar=bkthomps; qux=b; service=service_1|3/WEEK");
        Assert.Equal("rl", Read<Schemas.EnvoyRequest>(body).Domain);
        Assert.Equal(Schemas.EnvoyCode.Ok, Read<Schemas.EnvoyResponse>((await node.Node.AskAsync(body, "/json")).Body).OverallCode);
        var answer = Read<Schemas.EnvoyResponse>((await node.Node.AskAsync(body, "/json")).Body);
        Assert.Equal((Schemas.EnvoyCode.OverLimit, 3, 3), (answer.OverallCode, answer.Statuses.Count, answer.ResponseHeadersToAdd!.Count));
        Assert.Equal(Schemas.EnvoyUnit.Week, answer.Statuses[2].CurrentLimit!.Unit);
    }

    private static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Strict) ?? throw new Xunit.Sdk.XunitException($"null is no {typeof(T).Name}.");

    [GeneratedRegex(@"\{\*+")]
    private static partial Regex CatchAll();

    [GeneratedRegex(@"\{[a-z]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("\"\\$ref\": ?\"#/(?<path>[^\"]*)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
