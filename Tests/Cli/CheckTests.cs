using System.Text.Json;

namespace Throttle.Tests.Cli;

public sealed class CheckTests : IDisposable
{
    private const string Rules = """
        version: 1
        rules:
          - id: api
            match: { path: /api/** }
            key: [user]
            limit: { algorithm: token-bucket, capacity: 2, refill: 1/s }
          - id: per-ip
            key: [ip]
            limit: { algorithm: fixed-window, limit: 10, window: 1m }
        """;

    private readonly TempFolder _folder = new();
    private readonly string _rules;

    public CheckTests() => _rules = _folder.Write("rules.yaml", Rules);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_Offline_SaysWhichRulesMatchAndWhyOthersDoNot()
    {
        var run = await CommandRun.RunAsync("check", "--rules", _rules, "user=42", "path=/api/x");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"\n +api +yes +.*\b42\b", run.Output);
        Assert.Matches(@"\n +per-ip +no +.*ip.* - +\n", run.Output);
        Assert.Contains("Allowed while the buckets are new: rule 'api' has 1 of 2 left then.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfflineCostAboveTheLimit_IsRefused()
    {
        var run = await CommandRun.RunAsync("check", "--rules", _rules, "user=42", "path=/api/x", "--cost", "3");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Refused by rule 'api', even by a new bucket: its limit is 2.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfflineNoRuleMatches_IsAllowed()
    {
        var run = await CommandRun.RunAsync("check", "--rules", _rules);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Allowed: no rule matches.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfflineAsJson_HasTheDecisionAndTheReasons()
    {
        var run = await CommandRun.RunAsync("check", "--rules", _rules, "user=a b", "path=/api/x", "--json");

        using var json = JsonDocument.Parse(run.Output);
        var explanations = json.RootElement.GetProperty("explanations");
        Assert.True(json.RootElement.GetProperty("allowed").GetBoolean());
        Assert.Equal("api", json.RootElement.GetProperty("rule").GetString());
        Assert.Equal("a b", json.RootElement.GetProperty("key").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("remaining").GetInt64());
        Assert.Equal(["api", "per-ip"], explanations.EnumerateArray().Select(e => e.GetProperty("rule").GetString()!));
        Assert.Equal([true, false], explanations.EnumerateArray().Select(e => e.GetProperty("matches").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, explanations[1].GetProperty("key").ValueKind);
        Assert.NotEmpty(explanations[1].GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task Check_Node_TakesPermitsUntilItRefuses()
    {
        await using var node = await TestNode.StartAsync(_rules);
        string[] check = ["check", "--server", node.Addresses[0], "user=42", "path=/api/x"];

        var first = await CommandRun.RunAsync(check);
        var look = await CommandRun.RunAsync([.. check, "--cost", "0"]);
        var second = await CommandRun.RunAsync(check);
        var third = await CommandRun.RunAsync(check);

        Assert.Equal([0, 0, 0, 2], [first.ExitCode, look.ExitCode, second.ExitCode, third.ExitCode]);
        Assert.Contains("Allowed.", first.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n +api +42 +allowed +1 of 2 +0 s +1 s *\n", first.Output);
        Assert.Contains("Refused by rule 'api': try again in 1 s.", third.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NodeAsJson_IsTheNodesAnswer()
    {
        await using var node = await TestNode.StartAsync(_rules);

        var run = await CommandRun.RunAsync("check", "--server", node.Addresses[0], "user=42", "path=/api/x", "--cost", "5", "--json");

        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(2, run.ExitCode);
        Assert.True(json.RootElement.GetProperty("neverFits").GetBoolean());
    }

    [Fact]
    public async Task Check_NodeThatRefusesTheRequestItself_IsAnError()
    {
        await using var node = await TestNode.StartAsync(_rules);

        var run = await CommandRun.RunAsync("check", "--server", node.Addresses[0], $"user={new string('x', 9_000)}");

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("400 Bad Request: attributes.user is 9000 bytes long in UTF-8; use 0 to 8192.", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Check_NoNode_SaysHowToStartOne()
    {
        var run = await CommandRun.RunAsync("check", "--server", "http://127.0.0.1:1", "user=42");

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("throttle: No node answers at http://127.0.0.1:1/ (", run.Error, StringComparison.Ordinal);
        Assert.Contains("throttle serve", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }
}
