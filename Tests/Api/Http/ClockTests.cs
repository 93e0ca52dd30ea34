using System.Text.Json;

namespace Throttle.Tests.Api.Http;

public sealed class ClockTests
{
    [Fact]
    public async Task Clock_Moved_AnswersWhereItStands()
    {
        await using var node = await TestNode.StartAsync();
        Assert.Equal("""{"now":1767225600,"utc":"2026-01-01T00:00:00Z"}""", await node.Client.GetStringAsync("/v1/clock"));
        Assert.Equal(
            (200, """{"now":1767225601.5,"utc":"2026-01-01T00:00:01.5Z"}"""),
            await node.AskAsync("""{"advance":"1.5s"}""", "/v1/clock"));
        Assert.Equal(
            (200, """{"now":1767225601.5000001,"utc":"2026-01-01T00:00:01.5000001Z"}"""),
            await node.AskAsync("""{"advance":0.0000001}""", "/v1/clock"));
        Assert.Equal(
            (200, """{"now":1767225661,"utc":"2026-01-01T00:01:01Z"}"""),
            await node.AskAsync("""{"to":1767225661}""", "/v1/clock"));
        Assert.Equal(
            (200, """{"now":1767225720,"utc":"2026-01-01T00:02:00Z"}"""),
            await node.AskAsync("""{"to":"2026-01-01T01:02:00+01:00"}""", "/v1/clock"));
        Assert.Equal(200, (await node.AskAsync("""{"advance":0}""", "/v1/clock")).Status);
        Assert.Equal(200, (await node.AskAsync("""{"to":1767225720}""", "/v1/clock")).Status);
    }

    [Fact]
    public async Task Clock_MovedAMillennium_StaysQuickAndRefills()
    {
        await using var node = await TestNode.StartAsync();
        await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":20}""");
        Assert.Equal(200, (await node.AskAsync("""{"to":"3026-01-01T00:00:00Z"}""", "/v1/clock")).Status);
        var (_, body) = await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"}}""");
        Assert.Contains("\"remaining\":19,", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clock_AtTheEndOfTime_SaysHowFarItGoes()
    {
        await using var node = await TestNode.StartAsync();
        Assert.Equal(200, (await node.AskAsync("""{"to":"9999-12-31T23:59:59.9999999Z"}""", "/v1/clock")).Status);
        using var response = await node.PostAsync("/v1/clock", """{"advance":"1s"}""");
        var problem = await TestNode.ProblemAsync(response, 400);
        Assert.Equal(
            "advance is 00:00:01; use a duration that ends by the year 9999; the clock stands at 9999-12-31T23:59:59.9999999Z.",
            problem.GetProperty("detail").GetString());
        Assert.Equal(200, (await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"}}""")).Status);
    }

    [Fact]
    public async Task Clock_OnTheMachinesTime_IsNotThere()
    {
        await using var node = await TestNode.StartAsync(configure: o => o with { VirtualClockStart = null });
        Assert.False(node.Node.IsVirtualClock, "No virtual clock was asked for.");
        using var moved = await node.PostAsync("/v1/clock", """{"advance":"1s"}""");
        await TestNode.ProblemAsync(moved, 404);
        using var shown = await node.Client.GetAsync("/v1/clock");
        await TestNode.ProblemAsync(shown, 404);
        Assert.DoesNotContain("/v1/clock", await node.Client.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
        using var ready = JsonDocument.Parse(await node.Client.GetStringAsync("/health/ready"));
        Assert.False(ready.RootElement.GetProperty("virtualClock").GetBoolean());
    }

    [Fact]
    public async Task Health_Ready_TellsRulesClockAndFaultyFile()
    {
        await using var node = await TestNode.StartAsync();
        Assert.Equal("""{"status":"live"}""", await node.Client.GetStringAsync("/health/live"));
        Assert.Equal(
            """{"status":"ready","rulesVersion":1,"rules":1,"ruleFileError":null,"virtualClock":true,"now":1767225600,"utc":"2026-01-01T00:00:00Z"}""",
            await node.Client.GetStringAsync("/health/ready"));

        await File.WriteAllTextAsync(node.RulesPath, "version: 1\nrules: 7\n");
        await Assert.IsType<Throttle.Api.RuleFiles.RuleFile>(node.Node.Rules).CheckAsync();

        using var ready = JsonDocument.Parse(await node.Client.GetStringAsync("/health/ready"));
        Assert.Contains("rules", ready.RootElement.GetProperty("ruleFileError").GetString(), StringComparison.Ordinal);
        Assert.Equal("ready", ready.RootElement.GetProperty("status").GetString());
        Assert.Equal(1, ready.RootElement.GetProperty("rulesVersion").GetInt64());
    }
}
