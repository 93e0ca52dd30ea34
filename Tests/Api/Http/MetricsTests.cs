using System.Diagnostics;
using System.Text;
using Throttle.Api.Metrics;

namespace Throttle.Tests.Api.Http;

public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_AfterRequests_CountThemByRuleAndOutcome()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: metrics-hard, key: user, limit: { algorithm: token-bucket, capacity: 3, refill: 1/h } }
              - { id: metrics-trial, key: user, mode: shadow, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
            """);
        for (var i = 0; i < 5; i++)
        {
            await node.AskAsync("""{"attributes":{"user":"a"}}""");
        }

        await node.AskAsync("""{"attributes":{"user":"b"},"cost":2}""");
        await node.AskAsync("no json");
        await node.Client.GetAsync("/v1/nothing/" + Guid.NewGuid());

        using var response = await node.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var text = await response.Content.ReadAsStringAsync();
        var metrics = PrometheusParser.Parse(text);

        Assert.Equal(4, metrics.Samples["""throttle_decisions_total{outcome="allowed",rule="metrics-hard"}"""]);
        Assert.Equal(2, metrics.Samples["""throttle_decisions_total{outcome="refused",rule="metrics-hard"}"""]);
        Assert.Equal(1, metrics.Samples["""throttle_decisions_total{outcome="allowed",rule="metrics-trial"}"""]);
        Assert.Equal(5, metrics.Samples["""throttle_decisions_total{outcome="shadow_refused",rule="metrics-trial"}"""]);
        Assert.Equal(5, metrics.Samples["""throttle_permits_total{rule="metrics-hard"}"""]);
        Assert.Equal(2, metrics.Samples["""throttle_buckets{rule="metrics-hard"}"""]);
        Assert.Contains("throttle_waiters", metrics.Types.Keys);
        Assert.Equal("histogram", metrics.Types["http_server_request_duration_seconds"]);
        Assert.Contains("dotnet_process_memory_working_set_bytes", metrics.Types.Keys);
        Assert.Contains("dotnet_process_cpu_time_seconds_total", metrics.Types.Keys);
        Assert.Equal(4, HttpCount(metrics, "/v1/acquire", 200));
        Assert.Equal(2, HttpCount(metrics, "/v1/acquire", 429));
        Assert.Equal(1, HttpCount(metrics, "/v1/acquire", 400));
        Assert.DoesNotContain("/v1/nothing", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_All_AreNamedAsTheirTypesAre()
    {
        await using var node = await TestNode.StartAsync();
        await node.AskAsync("""{"attributes":{"user":"a","path":"/api/x"}}""");

        var text = await node.Client.GetStringAsync("/metrics");

        var metrics = PrometheusParser.Parse(text);
        Assert.Equal("gauge", metrics.Types["dotnet_thread_pool_thread_current"]);
        Assert.Equal("gauge", metrics.Types["dotnet_thread_pool_queue_length"]);
        Assert.All(metrics.Types, family =>
        {
            Assert.Contains($"# HELP {family.Key} ", text, StringComparison.Ordinal);
            Assert.Equal(family.Value == "counter", family.Key.EndsWith("_total", StringComparison.Ordinal));
            Assert.DoesNotMatch("_(count|sum|bucket)$", family.Key);
        });
    }

    [PromtoolFact]
    public async Task Metrics_CheckedByPromtool_AreClean()
    {
        await using var node = await TestNode.StartAsync();
        await node.AskAsync("""{"attributes":{"user":"a","path":"/api/x"}}""");
        var start = new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var promtool = Process.Start(start)!;

        await promtool.StandardInput.WriteAsync(await node.Client.GetStringAsync("/metrics"));
        promtool.StandardInput.Close();
        var said = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();

        Assert.Equal((0, ""), (promtool.ExitCode, said.Trim()));
    }

    [Fact]
    public async Task Metrics_ManyKeys_MakeNoMoreSeries()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: metrics-keys, key: user, limit: { algorithm: token-bucket, capacity: 3, refill: 1/h } }
            """);
        await node.AskAsync("""{"attributes":{"user":"first"}}""");
        var before = Series(await node.Client.GetStringAsync("/metrics"));
        var items = string.Join(',', Enumerable.Range(0, 1000).Select(i => "{\"attributes\":{\"user\":\"key" + i + "\"}}"));
        await node.AskAsync($"[{items}]");
        var text = await node.Client.GetStringAsync("/metrics");
        Assert.Equal(before, Series(text));
        Assert.Contains("""throttle_buckets{rule="metrics-keys"} 1001""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_TwoThrottlesInOneProcess_AreToldApart()
    {
        const string Rules = """
            version: 1
            rules:
              - { id: metrics-apart, key: user, limit: { algorithm: token-bucket, capacity: 9, refill: 1/h } }
            """;
        const string Allowed = """throttle_decisions_total{outcome="allowed",rule="metrics-apart"}""";
        await using var node = await TestNode.StartAsync(Rules);
        await node.AskAsync("""{"attributes":{"user":"a"}}""");
        var other = await TestNode.StartAsync(Rules);
        await other.AskAsync("""[{"attributes":{"user":"a"}},{"attributes":{"user":"a"}}]""");

        Assert.Equal(1, PrometheusParser.Parse(await node.Client.GetStringAsync("/metrics")).Samples[Allowed]);
        Assert.Equal(2, PrometheusParser.Parse(await other.Client.GetStringAsync("/metrics")).Samples[Allowed]);
        await other.DisposeAsync();
        await node.AskAsync("""{"attributes":{"user":"a"}}""");
        Assert.Equal(2, PrometheusParser.Parse(await node.Client.GetStringAsync("/metrics")).Samples[Allowed]);
    }

    [Theory]
    [InlineData("http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds")]
    [InlineData("throttle.decisions", "{decision}", "counter", "throttle_decisions_total")]
    [InlineData("memory.size", "By", "gauge", "memory_size_bytes")]
    [InlineData("wait_seconds", "s", "counter", "wait_seconds_total")]
    [InlineData("9 lives", null, "gauge", "_9_lives")]
    [InlineData("dotnet.timer.count", "{timer}", "gauge", "dotnet_timer_current")]
    [InlineData("work_item.count", "{item}", "counter", "work_item_count_total")]
    public void Name_OfInstrument_IsAPrometheusName(string name, string? unit, string type, string expected) =>
        Assert.Equal(expected, PrometheusText.NameOf(name, unit, type));

    [Fact]
    public void Label_WithSpecialCharacters_IsEscaped()
    {
        var labels = new StringBuilder();
        PrometheusText.AppendLabel(labels, "1.odd-name", "back\\slash \"quote\"\nline ü");
        PrometheusText.AppendLabel(labels, "plain", "x,y}");
        var text = $"# TYPE m gauge\nm{labels}}} 1\n";
        var sample = Assert.Single(PrometheusParser.Parse(text).Samples);
        Assert.Equal("m{__odd_name=\"back\\slash \"quote\"\nline ü\",plain=\"x,y}\"}", sample.Key);
    }

    private static int Series(string text) =>
        PrometheusParser.Parse(text).Samples.Keys.Count(k => k.Contains("metrics-keys", StringComparison.Ordinal));

    private static double HttpCount(PrometheusParser metrics, string route, int status) => metrics.Samples
        .Where(s => s.Key.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)
            && s.Key.Contains($"http_route=\"{route}\"", StringComparison.Ordinal)
            && s.Key.Contains($"http_response_status_code=\"{status}\"", StringComparison.Ordinal))
        .Sum(s => s.Value);

    [Fact]
    public async Task Room_OneRuleFillsUp_OthersGoOnAndItIsCounted()
    {
        await using var node = await TestNode.StartAsync(
            """
            version: 1
            rules:
              - { id: flooded, match: { kind: a }, key: [user], limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
              - { id: other, match: { kind: b }, key: [user], limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
            """,
            o => o with { MaxBuckets = 8 });
        for (var i = 0; i < 10; i++)
        {
            await node.AskAsync(TestRequest("a", i));
        }

        await node.AskAsync("""{"attributes":{"kind":"b","user":"1"}}""");
        Assert.Equal(429, (await node.AskAsync("""{"attributes":{"kind":"b","user":"1"}}""")).Status);
        var metrics = await node.Client.GetStringAsync("/metrics");
        Assert.Contains("throttle_buckets{rule=\"flooded\"} 4\n", metrics, StringComparison.Ordinal);
        Assert.Contains("throttle_buckets{rule=\"other\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Matches("throttle_buckets_refused_total\\{rule=\"flooded\"\\} [1-9]", metrics);
        Assert.Contains("throttle_buckets_refused_total{rule=\"other\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("throttle_buckets_max 8\n", metrics, StringComparison.Ordinal);
    }

    private static string TestRequest(string kind, int user) => $$"""{"attributes":{"kind":"{{kind}}","user":"{{user}}"} }""";
}
