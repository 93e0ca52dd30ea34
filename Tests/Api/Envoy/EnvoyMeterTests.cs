using System.Text.Json.Nodes;
using Throttle.Api.Envoy;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyMeterTests
{
    [Fact]
    public async Task Metrics_AfterCalls_CountByRule()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Example"));
        for (var i = 0; i < 4; i++)
        {
            await node.AskAsync(EnvoyTestNode.BodyOf("rl: unspec=unspecified_value; foo=pelle,baz=shady; foo=x,bar=banned; service=service_1+0"));
        }

        await node.AskAsync(EnvoyTestNode.BodyOf("nowhere: k=v"));
        var metrics = await node.Node.Client.GetStringAsync("/metrics");
        string[] expected =
        [
            "throttle_envoy_hits_total{rule=\"rl.unspec_unspecified_value\"} 4",
            "throttle_envoy_within_limit_total{rule=\"rl.unspec_unspecified_value\"} 2",
            "throttle_envoy_over_limit_total{rule=\"rl.unspec_unspecified_value\"} 2",
            "throttle_envoy_near_limit_total{rule=\"rl.unspec_unspecified_value\"} 1",
            "throttle_envoy_hits_total{rule=\"rl.foo.baz_shady\"} 4",
            "throttle_envoy_over_limit_total{rule=\"rl.foo.baz_shady\"} 1",
            "throttle_envoy_shadow_mode_total{rule=\"rl.foo.baz_shady\"} 1",
            "throttle_envoy_over_limit_total{rule=\"rl.foo.bar_banned\"} 4",
            "throttle_envoy_domain_not_found_total 1",
            "throttle_envoy_config_load_success_total 1",
            "throttle_envoy_config_load_error_total 0",
        ];
        Assert.All(expected, line => Assert.Contains(line + "\n", metrics, StringComparison.Ordinal));
        Assert.DoesNotContain("rl.service", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_ManyValues_AreToldApartOnlyUpToABound()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Example"));
        for (var i = 0; i <= EnvoyMeter.MaxSentNames; i++)
        {
            await node.AskAsync(EnvoyTestNode.BodyOf($"rl: unspec=value-{i}"));
        }

        await node.AskAsync(EnvoyTestNode.BodyOf("rl: any=thing|5/DAY"));
        var hits = (await node.Node.Client.GetStringAsync("/metrics")).Split('\n').Where(line => line.StartsWith("throttle_envoy_hits_total{", StringComparison.Ordinal)).ToArray();
        Assert.Equal(EnvoyMeter.MaxSentNames + 2, hits.Length);
        Assert.Contains("throttle_envoy_hits_total{rule=\"rl.unspec_value-0\"} 1", hits);
        Assert.Contains("throttle_envoy_hits_total{rule=\"rl.unspec\"} 1", hits);
        Assert.Contains("throttle_envoy_hits_total{rule=\"rl.*\"} 1", hits);
    }

    [Fact]
    public async Task Metrics_GiveBacksOfEveryFront_AreOneCounter()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Example"));
        var given = JsonNode.Parse(EnvoyTestNode.BodyOf("rl: unspec=unspecified_value+3"))!;
        given["descriptors"]![0]!["isNegativeHits"] = true;

        Assert.Equal(200, (await node.AskAsync(given.ToJsonString())).Status);
        var (gubernator, _) = await node.Node.AskAsync(
            """{"requests":[{"name":"api","uniqueKey":"u1","hits":"-4","limit":"10","duration":"60000"}]}""", "/v1/GetRateLimits");
        var (taken, _) = await node.Node.AskAsync("""{"attributes":{"path":"/api/x","user":"42"},"cost":5}""");
        var (returned, _) = await node.Node.AskAsync("""{"attributes":{"path":"/api/x","user":"42"},"cost":5}""", "/v1/return");

        Assert.Equal((200, 200, 200), (gubernator, taken, returned));
        var metrics = await node.Node.Client.GetStringAsync("/metrics");
        Assert.All(
            (string[])
            [
                "throttle_permits_returned_total{rule=\"inline/envoy\"} 3",
                "throttle_permits_returned_total{rule=\"inline/gubernator\"} 4",
                "throttle_permits_returned_total{rule=\"per-client\"} 5",
            ],
            line => Assert.Contains(line + "\n", metrics, StringComparison.Ordinal));
        Assert.DoesNotContain("throttle_envoy_hits_total{rule=\"rl.unspec_unspecified_value\"}", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_GlobalShadow_IsCounted()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Integration"), configure: options => options with { IsShadow = true });
        await node.AskAsync(EnvoyTestNode.BodyOf("basic: one_per_minute=a", 2));
        Assert.Contains("throttle_envoy_global_shadow_mode_total 1\n", await node.Node.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }
}
