namespace Throttle.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private const string Rules = """
        version: 1
        rules:
          - { id: api, key: user, limit: { algorithm: token-bucket, capacity: 2, refill: 1/s } }
          - { id: trial, mode: shadow, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Usage_OfANode_ShowsTotalsByRule()
    {
        await using var node = await TestNode.StartAsync(_folder.Write("rules.yaml", Rules));
        var before = await CommandRun.RunAsync("usage", "--server", node.Addresses[0]);
        for (var i = 0; i < 3; i++)
        {
            await CommandRun.RunAsync("check", "--server", node.Addresses[0], "user=42");
        }

        var after = await CommandRun.RunAsync("usage", "--server", node.Addresses[0]);
        var byNode = await CommandRun.RunAsync("usage", "api", "--by-node", "--server", node.Addresses[0]);
        var json = await CommandRun.RunAsync("usage", "--json", "--server", node.Addresses[0]);

        Assert.Equal("Nothing was asked yet.\nSince 1970-01-01 00:00:00 UTC, 1 node.\n", before.Output);
        Assert.Equal((0, ""), (after.ExitCode, after.Error));
        Assert.Matches(@"\n +api +2 +1 +0 +0 +2 *\n", after.Output);
        Assert.Matches(@"\n +trial +1 +0 +2 +0 +1 *\n", after.Output);
        Assert.Matches(@"\n +api +2 +1 +0 +0 +2 *\n +local +2 +1 +0 +0 +2 *\n", byNode.Output);
        Assert.DoesNotContain("trial", byNode.Output, StringComparison.Ordinal);
        Assert.StartsWith("{\"since\":0,\"nodes\":[{\"node\":\"local\",\"ended\":false}],\"rules\":[{\"rule\":\"api\",\"allowed\":2,", json.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_NoNodeThere_SaysSo()
    {
        var run = await CommandRun.RunAsync("usage", "--server", "http://127.0.0.1:1");

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("throttle: No node answers at http://127.0.0.1:1/", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_ByNodeAndJson_CannotBeCombined()
    {
        var run = await CommandRun.RunAsync("usage", "--by-node", "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--by-node and --json cannot be combined", run.Error, StringComparison.Ordinal);
    }
}
