using System.Globalization;
using System.Text.Json;

namespace Throttle.Tests.Api.Http;

public sealed class RuleTests
{
    private const string Second = """{"key":["user"],"limit":{"algorithm":"fixed-window","limit":5,"window":"1m"}}""";

    [Fact]
    public async Task Rules_Get_AnswersVersionRulesAndETag()
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.Client.GetAsync("/v1/rules");
        var version = node.Node.Rules.Current.Version;
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"\"{version}\""), response.Headers.ETag?.Tag);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(version, document.RootElement.GetProperty("version").GetInt64());
        var rule = Assert.Single(document.RootElement.GetProperty("rules").EnumerateArray());
        Assert.Equal("per-client", rule.GetProperty("id").GetString());
        Assert.Equal("10/s", rule.GetProperty("limit").GetProperty("refill").GetString());
    }

    [Theory]
    [InlineData("application/yaml", true)]
    [InlineData("text/yaml", true)]
    [InlineData("application/json", false)]
    [InlineData("*/*", false)]
    [InlineData("application/json;q=0.5, application/yaml", true)]
    [InlineData("application/yaml;q=0.5, application/json", false)]
    public async Task Rules_Get_AnswersWhatIsAccepted(string accept, bool isYaml)
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.SendAsync(HttpMethod.Get, "/v1/rules", null, "", ("Accept", accept));
        Assert.Equal(isYaml ? "application/yaml" : "application/json", response.Content.Headers.ContentType?.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(isYaml ? "version: 1" : "{\"version\":", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/yaml")]
    public async Task Rules_WhatWasGot_CanBePutBack(string type)
    {
        await using var node = await TestNode.StartAsync();
        await PutOkAsync(node, "/v1/rules/second", Second);
        var before = node.Node.Rules.Current;
        using var got = await node.SendAsync(HttpMethod.Get, "/v1/rules", null, "", ("Accept", type));

        using var put = await node.SendAsync(
            HttpMethod.Put, "/v1/rules", await got.Content.ReadAsStringAsync(), type, ("If-Match", got.Headers.ETag!.Tag));

        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        Assert.Equal(before.Rules.AsEnumerable(), node.Node.Rules.Current.Rules.AsEnumerable());
    }

    [Fact]
    public async Task Rules_PutWhole_IsInForceAndInTheFile()
    {
        await using var node = await TestNode.StartAsync();
        var edited = TestNode.PerClient.Replace("capacity: 20", "capacity: 3", StringComparison.Ordinal);

        using var put = await node.SendAsync(HttpMethod.Put, "/v1/rules", edited, "application/yaml");

        Assert.Equal(200, (int)put.StatusCode);
        Assert.Equal(put.Headers.ETag?.Tag, string.Create(CultureInfo.InvariantCulture, $"\"{node.Node.Rules.Current.Version}\""));
        var (_, body) = await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"}}""");
        Assert.Contains("\"limit\":3,\"remaining\":2,", body, StringComparison.Ordinal);
        Assert.Contains("capacity: 3", await File.ReadAllTextAsync(node.RulesPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_PutFaulty_ListsEveryFaultWithItsLineAndChangesNothing()
    {
        await using var node = await TestNode.StartAsync();
        var before = node.Node.Rules.Current;
        var file = await File.ReadAllTextAsync(node.RulesPath);
        const string Faulty = """
            version: 1
            rules:
              - id: Per_Client
                limit: { algorithm: token-bucket, capacity: 0, refill: 10/s }
              - id: second
                colour: red
                limit: { algorithm: fixed-window, limit: 5, window: soon }
            """;

        using var put = await node.SendAsync(HttpMethod.Put, "/v1/rules", Faulty, "application/yaml");

        var problem = await TestNode.ProblemAsync(put, 400);
        Assert.Equal("invalid-rules", problem.GetProperty("code").GetString());
        var faults = problem.GetProperty("faults").EnumerateArray().ToArray();
        Assert.Equal(4, faults.Length);
        Assert.Equal([3, 4, 6, 7], faults.Select(f => f.GetProperty("line").GetInt32()).Order());
        Assert.All(faults, f => Assert.NotEqual("", f.GetProperty("message").GetString()));
        Assert.Same(before, node.Node.Rules.Current);
        Assert.Equal(file, await File.ReadAllTextAsync(node.RulesPath));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("application/octet-stream")]
    public async Task Rules_PutUnderAnotherContentType_IsTakenForWhatItIs(string type)
    {
        await using var node = await TestNode.StartAsync();
        using var json = await node.SendAsync(HttpMethod.Put, "/v1/rules/x", """  {"limit":{"algorithm":"gcra","rate":"5/s","burst":2}}""", type);
        Assert.Equal(201, (int)json.StatusCode);
        using var yaml = await node.SendAsync(HttpMethod.Put, "/v1/rules", TestNode.PerClient, type);
        Assert.Equal(200, (int)yaml.StatusCode);
        Assert.Equal("per-client", Assert.Single(node.Node.Rules.Current.Rules).Id);
    }

    [Theory]
    [InlineData("{\"version\":1,\"rules\":[}", "application/json", 400, "not-json")]
    [InlineData("", "application/json", 400, "empty-body")]
    [InlineData("rules: [", "application/yaml", 400, "invalid-rules")]
    [InlineData("version: 1", "text/plain", 400, "invalid-rules")]
    [InlineData("{\"version\":1,\"rules\":[}", "application/x-www-form-urlencoded", 400, "not-json")]
    public async Task Rules_PutWrongBody_IsAProblem(string body, string type, int status, string code)
    {
        await using var node = await TestNode.StartAsync();
        using var put = await node.SendAsync(HttpMethod.Put, "/v1/rules", body, type);
        var problem = await TestNode.ProblemAsync(put, status);
        Assert.Equal(code, problem.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Rules_PutBodyAbove16MiB_Is413()
    {
        await using var node = await TestNode.StartAsync();
        using var put = await node.SendAsync(HttpMethod.Put, "/v1/rules", new string(' ', (16 * 1024 * 1024) + 1), "application/yaml");
        var problem = await TestNode.ProblemAsync(put, 413);
        Assert.Equal("The body is too large; use at most 16777216 bytes.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("PUT", "/v1/rules")]
    [InlineData("PUT", "/v1/rules/per-client")]
    [InlineData("DELETE", "/v1/rules/per-client")]
    public async Task Rules_EditOfAnotherVersion_Is412(string method, string path)
    {
        await using var node = await TestNode.StartAsync();
        var before = node.Node.Rules.Current;
        var body = path.EndsWith("rules", StringComparison.Ordinal) ? """{"version":1,"rules":[]}""" : Second;

        using var response = await node.SendAsync(
            new HttpMethod(method), path, body, "application/json", ("If-Match", $"\"{before.Version + 1}\""));

        var problem = await TestNode.ProblemAsync(response, 412);
        Assert.Equal(
            $"If-Match is \"{before.Version + 1}\", but the rules are at version {before.Version}; read them again and repeat the edit.",
            problem.GetProperty("detail").GetString());
        Assert.Equal(before.Version, problem.GetProperty("currentVersion").GetInt64());
        Assert.Same(before, node.Node.Rules.Current);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("\"3")]
    public async Task Rules_IfMatchWithoutQuotes_Is400(string tag)
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.SendAsync(HttpMethod.Put, "/v1/rules/x", Second, "application/json", ("If-Match", tag));
        var problem = await TestNode.ProblemAsync(response, 400);
        Assert.Equal(
            $"If-Match is '{tag}'; use the ETag that GET /v1/rules answers, such as \"3\", with its quotes.",
            problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Rules_IfMatchAmongSeveralOrStar_IsTaken()
    {
        await using var node = await TestNode.StartAsync();
        var version = node.Node.Rules.Current.Version;
        using var several = await node.SendAsync(
            HttpMethod.Put, "/v1/rules/x", Second, "application/json", ("If-Match", $"\"0\", \"{version}\""));
        Assert.Equal(201, (int)several.StatusCode);
        using var star = await node.SendAsync(HttpMethod.Put, "/v1/rules/x", Second, "application/json", ("If-Match", "*"));
        Assert.Equal(200, (int)star.StatusCode);
    }

    [Fact]
    public async Task Rule_PutGetDelete_KeepsTheOrder()
    {
        await using var node = await TestNode.StartAsync();
        using var added = await node.SendAsync(HttpMethod.Put, "/v1/rules/second", Second);
        Assert.Equal(201, (int)added.StatusCode);
        using var replaced = await node.SendAsync(
            HttpMethod.Put, "/v1/rules/per-client", "id: per-client\nlimit: { algorithm: gcra, rate: 5/s, burst: 2 }", "application/yaml");
        Assert.Equal(200, (int)replaced.StatusCode);
        Assert.Equal(["per-client", "second"], node.Node.Rules.Current.Rules.Select(r => r.Id));
        Assert.Equal("gcra", node.Node.Rules.Current.Rules[0].Limit.Algorithm);

        using var shown = await node.Client.GetAsync("/v1/rules/second");
        using var rule = JsonDocument.Parse(await shown.Content.ReadAsStringAsync());
        Assert.Equal("second", rule.RootElement.GetProperty("id").GetString());

        using var deleted = await node.SendAsync(HttpMethod.Delete, "/v1/rules/per-client");
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"{{\"version\":{node.Node.Rules.Current.Version}}}"),
            await deleted.Content.ReadAsStringAsync());
        Assert.Equal(["second"], node.Node.Rules.Current.Rules.Select(r => r.Id));
        using var again = await node.SendAsync(HttpMethod.Delete, "/v1/rules/per-client");
        await TestNode.ProblemAsync(again, 404);
        using var gone = await node.Client.GetAsync("/v1/rules/per-client");
        await TestNode.ProblemAsync(gone, 404);
    }

    [Fact]
    public async Task Rule_PutUnderAnotherId_IsAFault()
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.SendAsync(
            HttpMethod.Put, "/v1/rules/first", """{"id":"second","limit":{"algorithm":"gcra","rate":"5/s","burst":2}}""");
        var problem = await TestNode.ProblemAsync(response, 400);
        Assert.NotEmpty(problem.GetProperty("faults").EnumerateArray());
    }

    [Fact]
    public async Task Rule_ManyPutAtOnceWithoutIfMatch_AllArrive()
    {
        await using var node = await TestNode.StartAsync();
        var puts = Enumerable.Range(0, 20).Select(i => PutOkAsync(node, $"/v1/rules/r{i}", Second)).ToArray();
        await Task.WhenAll(puts);
        Assert.Equal(21, node.Node.Rules.Current.Rules.Length);
    }

    [Fact]
    public async Task Rules_FileCannotBeWritten_SaysSoAndChangesNothing()
    {
        await using var node = await TestNode.StartAsync();
        var before = node.Node.Rules.Current;
        var folder = Path.GetDirectoryName(node.RulesPath)!;
        Directory.Delete(folder, recursive: true);
        try
        {
            using var response = await node.SendAsync(HttpMethod.Put, "/v1/rules/second", Second);
            var problem = await TestNode.ProblemAsync(response, 503);
            Assert.Contains("The rules in force have not changed", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Equal("rules-not-written", problem.GetProperty("code").GetString());
            Assert.DoesNotContain(folder, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Same(before, node.Node.Rules.Current);
        }
        finally
        {
            Directory.CreateDirectory(folder);
        }
    }

    [Theory]
    [InlineData("version: 1\nrules: [{ id: a, limit: { algorithm: gcra, rate: 1/s, burst: 1 } }] # c\n", "rules.yaml.1")]
    [InlineData("# c\nversion: 1\nrules: []\n", null)]
    public async Task Rule_EditThatCannotKeepTheComments_NamesTheOldFile(string text, string? name)
    {
        await using var node = await TestNode.StartAsync();
        await File.WriteAllTextAsync(node.RulesPath, text);

        using var response = await node.SendAsync(HttpMethod.Put, "/v1/rules/second", Second);

        Assert.Equal(name, response.Headers.TryGetValues("Rule-File-Kept", out var values) ? Assert.Single(values) : null);
        Assert.Equal(name is null, (await File.ReadAllTextAsync(node.RulesPath)).StartsWith("# c\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("PUT", "/v1/rules/second")]
    [InlineData("DELETE", "/v1/rules/per-client")]
    public async Task Rule_EditOverAFaultyFile_Is409UntilReplacedAsAWhole(string method, string path)
    {
        await using var node = await TestNode.StartAsync();
        await File.WriteAllTextAsync(node.RulesPath, "version: 1\nrules: 7\n");

        using var response = await node.SendAsync(new HttpMethod(method), path, Second);

        var problem = await TestNode.ProblemAsync(response, 409);
        Assert.Equal("rule-file-faulty", problem.GetProperty("code").GetString());
        Assert.Equal(2, problem.GetProperty("faults")[0].GetProperty("line").GetInt32());
        Assert.Equal("version: 1\nrules: 7\n", await File.ReadAllTextAsync(node.RulesPath));
        using var whole = await node.SendAsync(HttpMethod.Put, "/v1/rules", TestNode.PerClient, "application/yaml");
        Assert.True(whole.IsSuccessStatusCode, await whole.Content.ReadAsStringAsync());
        await PutOkAsync(node, "/v1/rules/second", Second);
    }

    private static async Task PutOkAsync(TestNode node, string path, string body)
    {
        using var response = await node.SendAsync(HttpMethod.Put, path, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
