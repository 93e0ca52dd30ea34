using System.Runtime.CompilerServices;
using System.Text.Json;
using Json.Schema;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cli;

public sealed class RulesTests : IDisposable
{
    private const string Old = """
        version: 1
        rules:
          - id: one
            key: [user]
            limit: { algorithm: token-bucket, capacity: 20, refill: 10/s }
          - id: two
            match: { path: [/a, /b*], method: GET }
            mode: shadow
            limit: { algorithm: concurrency, limit: 3, lease: 30s }
            durability: persisted
        """;

    private const string New = """
        version: 1
        rules:
          - id: one
            key: [user]
            limit: { algorithm: token-bucket, capacity: 30, refill: 10/s }
          - id: three
            limit: { algorithm: fixed-window, limit: 5, window: 1m }
        """;

    private readonly TempFolder _folder = new();
    private readonly string _old;
    private readonly string _new;

    public RulesTests()
    {
        _old = _folder.Write("old.yaml", Old);
        _new = _folder.Write("new.yaml", New);
    }

    public void Dispose() => _folder.Dispose();

    private static string SamplesFolder => Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../samples");

    // The one for Envoy's ratelimit service has its own form, and its own test.
    public static TheoryData<string> Samples() =>
        [.. Directory.GetFiles(SamplesFolder, "*.yaml").Select(path => Path.GetFileName(path)).Where(name => name is not "envoy.yaml")];

    private static async Task<JsonSchema> SchemaAsync() => JsonSchema.FromText((await CommandRun.RunAsync("rules", "schema")).Output);

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [UnixTheory]
    [InlineData("rules", "validate", "/dev/full")]
    [InlineData("rules", "validate", "/dev/zero")]
    [InlineData("replay", "--rules", "/dev/full", "/dev/null")]
    public async Task Rules_OfADeviceWithoutEnd_AreTooLong(params string[] args)
    {
        var run = await CommandRun.RunAsync(args);

        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith("has more than 16777216 bytes, and a rule file at most so many.\n", run.Error, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Replay_OfADeviceWithoutEnd_SaysSo()
    {
        var run = await CommandRun.RunAsync("replay", "--rules", _old, "/dev/zero");

        Assert.Equal((1, "throttle: '/dev/zero' is a device that never ends; name a file.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Validate_GoodFile_SaysSo()
    {
        var run = await CommandRun.RunAsync("rules", "validate", _old);

        Assert.Equal((0, $"'{_old}' is good: 2 rules.\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Validate_EverySample_IsGood()
    {
        // The one for Envoy's ratelimit service has its own form, and its own test.
        var samples = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../samples"), "*.yaml")
            .Where(sample => Path.GetFileName(sample) is not "envoy.yaml").ToArray();

        Assert.True(samples.Length >= 2, $"There are {samples.Length} samples.");
        foreach (var sample in samples)
        {
            var run = await CommandRun.RunAsync("rules", "validate", sample);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
        }
    }

    [Fact]
    public async Task Validate_BadFile_NamesEveryFaultWithItsLine()
    {
        var file = _folder.Write("bad.yaml", Old.Replace("20", "0", StringComparison.Ordinal).Replace("30s", "1y", StringComparison.Ordinal));

        var run = await CommandRun.RunAsync("rules", "validate", file);

        var lines = run.Error.TrimEnd().Split('\n');
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal($"throttle: '{file}' has 2 faults:", lines[0]);
        Assert.StartsWith("  line 5: rules[0].limit.capacity: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  line 9: rules[1].limit.lease: ", lines[2], StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task Validate_StandardInput_IsRead()
    {
        var run = await CommandRun.RunAsync(System.Text.Encoding.UTF8.GetBytes(New), TimeProvider.System, "rules", "validate", "-");

        Assert.Equal((0, "'-' is good: 2 rules.\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task Show_File_IsATableWithin80Columns()
    {
        var run = await CommandRun.RunAsync("rules", "show", "--rules", _old);

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"\n +one +everything +user +token-bucket +\n", run.Output);
        Assert.Contains("capacity 20, refill 10/s", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n +two \(shadow\) +path /a or /b\* +\(one bucket\) +concurrency +\n +method GET +limit 3, lease 30s +\n +durability persisted +\n", run.Output);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, $"'{line}' is wider than 80 columns."));
    }

    [Fact]
    public async Task Show_Bytes_AreShownAsSizes()
    {
        var file = _folder.Write("bytes.yaml", """
            version: 1
            rules:
              - id: bytes
                limit: { algorithm: token-bucket, capacity: 1MiB, refill: 256KiB/s }
            """);

        var shown = await CommandRun.RunAsync("rules", "show", file);
        var diff = await CommandRun.RunAsync("rules", "diff", file, _folder.Write("more.yaml", (await File.ReadAllTextAsync(file)).Replace("256KiB", "300KiB", StringComparison.Ordinal)));

        Assert.Contains("capacity 1MiB, refill 256KiB/s", shown.Output, StringComparison.Ordinal);
        Assert.Contains("limit.refill: 256KiB/s → 300KiB/s", diff.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_FileAsArgument_IsTheSameAsByOption()
    {
        var byOption = await CommandRun.RunAsync("rules", "show", "--rules", _old);

        var byArgument = await CommandRun.RunAsync("rules", "show", _old);
        var both = await CommandRun.RunAsync("rules", "show", _old, "--rules", _new);
        var withServer = await CommandRun.RunAsync("rules", "show", _old, "--server", "http://127.0.0.1:1");

        Assert.Equal((0, byOption.Output), (byArgument.ExitCode, byArgument.Output));
        Assert.Equal((1, ""), (both.ExitCode, both.Output));
        Assert.StartsWith("throttle: FILE and --rules cannot be combined; use one of them.", both.Error, StringComparison.Ordinal);
        Assert.StartsWith("throttle: FILE and --server cannot be combined; use one of them.", withServer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--yaml")]
    [InlineData("--json")]
    public async Task Show_FileInAForm_CanBeReadBack(string form)
    {
        var shown = await CommandRun.RunAsync("rules", "show", "--rules", _old, form);
        var again = _folder.Write("again.yaml", shown.Output);

        var diff = await CommandRun.RunAsync("rules", "diff", _old, again);

        Assert.Equal((0, "The rules are the same.\n", ""), (diff.ExitCode, diff.Output, diff.Error));
    }

    [Fact]
    public async Task Diff_TwoFiles_NamesWhatDiffers()
    {
        var run = await CommandRun.RunAsync("rules", "diff", _old, _new);

        Assert.Equal((2, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            ["- two  concurrency: limit 3, lease 30s", "+ three  fixed-window: limit 5, window 1m", "~ one", "    limit.capacity: 20 → 30"],
            run.Output.TrimEnd().Split('\n').Select(line => line.TrimEnd()));
    }

    [Fact]
    public async Task Apply_Node_PutsTheRulesInForce()
    {
        await using var node = await TestNode.StartAsync(_old);
        string[] server = ["--server", node.Addresses[0]];

        var before = await CommandRun.RunAsync(["rules", "diff", _new, .. server]);
        var apply = await CommandRun.RunAsync(["rules", "apply", _new, "--if-version", "1", .. server]);
        var after = await CommandRun.RunAsync(["rules", "diff", _new, .. server]);
        var stale = await CommandRun.RunAsync(["rules", "apply", _new, "--if-version", "1", .. server]);

        Assert.Equal([2, 0, 0, 1], [before.ExitCode, apply.ExitCode, after.ExitCode, stale.ExitCode]);
        Assert.Contains("limit.capacity: 20 → 30", before.Output, StringComparison.Ordinal);
        Assert.Equal("2 rules in force, version 2.\n", apply.Output);
        Assert.Equal(["one", "three"], node.Rules.Current.Rules.Select(rule => rule.Id));
        Assert.Contains("412 Precondition Failed: If-Match is \"1\", but the rules are at version 2", stale.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_NodeWithAToken_WantsIt()
    {
        await using var node = await TestNode.StartAsync(_old, TestNode.Token);
        string[] apply = ["rules", "apply", _new, "--server", node.Addresses[0]];

        var without = await CommandRun.RunAsync(apply);
        var wrong = await CommandRun.RunAsync([.. apply, "--admin-token", "wrong"]);
        var right = await CommandRun.RunAsync([.. apply, "--admin-token", TestNode.Token]);

        Assert.Equal([1, 1, 0], [without.ExitCode, wrong.ExitCode, right.ExitCode]);
        Assert.Contains("401 Unauthorized: ", without.Error, StringComparison.Ordinal);
        Assert.EndsWith("--admin-token TOKEN.\n", without.Error, StringComparison.Ordinal);
        Assert.Contains("401 Unauthorized: ", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(2, node.Rules.Current.Version);
    }

    [Fact]
    public async Task Apply_BadFile_IsNotSent()
    {
        await using var node = await TestNode.StartAsync(_old);

        var run = await CommandRun.RunAsync(
            "rules", "apply", _folder.Write("bad.yaml", New.Replace("5,", "-5,", StringComparison.Ordinal)), "--server", node.Addresses[0]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("has 1 fault:", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, node.Rules.Current.Version);
    }

    [Theory]
    [InlineData("show", 0)]
    [InlineData("diff", 2)]
    public async Task Read_NodeWithAToken_WantsIt(string command, int exitCode)
    {
        await using var node = await TestNode.StartAsync(_old, TestNode.Token);
        string[] file = command is "diff" ? [_new] : [];
        string[] read = ["rules", command, .. file, "--server", node.Addresses[0]];

        var without = await CommandRun.RunAsync(read);
        var given = await CommandRun.RunAsync([.. read, "--admin-token", TestNode.Token]);
        var fromFile = await CommandRun.RunAsync([.. read, "--admin-token-file", _folder.Write("token", TestNode.Token)]);

        Assert.Equal([1, exitCode, exitCode], [without.ExitCode, given.ExitCode, fromFile.ExitCode]);
        Assert.Contains("401 Unauthorized: ", without.Error, StringComparison.Ordinal);
        Assert.Equal((given.Output, "", ""), (fromFile.Output, given.Error, fromFile.Error));
    }

    [Fact]
    public async Task Show_Node_HasItsRulesAndTheirVersion()
    {
        await using var node = await TestNode.StartAsync(_old);

        var table = await CommandRun.RunAsync("rules", "show", "--server", node.Addresses[0]);
        var json = await CommandRun.RunAsync("rules", "show", "--server", node.Addresses[0], "--json");

        using var parsed = JsonDocument.Parse(json.Output);
        Assert.Contains("Version 1.", table.Output, StringComparison.Ordinal);
        Assert.Equal(1, parsed.RootElement.GetProperty("version").GetInt64());
        Assert.Equal(["one", "two"], parsed.RootElement.GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Fields_AsMarkdown_IsTheDocument()
    {
        var run = await CommandRun.RunAsync("rules", "fields", "--markdown");

        var page = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../docs/limiters.md"));
        Assert.True(
            string.Equals(page, run.Output, StringComparison.Ordinal), "docs/limiters.md is not what 'throttle rules fields --markdown' writes; write it anew.");
    }

    [Fact]
    public async Task Fields_OfOneAlgorithm_AreItsOwn()
    {
        var run = await CommandRun.RunAsync("rules", "fields", "gcra");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("burst", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("window", run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 80, line));
    }

    [Fact]
    public async Task Fields_OfAnUnknownName_NamesTheNearest()
    {
        var run = await CommandRun.RunAsync("rules", "fields", "tokn-bucket");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Did you mean 'token-bucket'?", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Schema_OfARuleFile_FitsEverySample(string sample)
    {
        var rules = await CommandRun.RunAsync("rules", "show", Path.Combine(SamplesFolder, sample), "--json");
        using var json = JsonDocument.Parse(rules.Output);

        var result = (await SchemaAsync()).Evaluate(json.RootElement, new() { OutputFormat = OutputFormat.List });

        Assert.True(result.IsValid, JsonSerializer.Serialize(result));
    }

    [Theory]
    [InlineData("""{ "version": 1, "rules": [{ "id": "a", "limit": { "algorithm": "gcra", "rate": "1/s" } }] }""")]
    [InlineData("""{ "version": 1, "rules": [{ "id": "a", "limit": { "algorithm": "gcra", "rate": "1/s", "burst": 0 } }] }""")]
    [InlineData("""{ "version": 1, "rules": [{ "id": "a", "limit": { "algorithm": "gcra", "rate": "1/s", "burst": 1, "bust": 1 } }] }""")]
    [InlineData("""{ "version": 1, "rules": [{ "id": "a", "mode": "on", "limit": { "algorithm": "gcra", "rate": "1/s", "burst": 1 } }] }""")]
    [InlineData("""{ "version": 1, "rules": [{ "id": "a" }] }""")]
    [InlineData("""{ "version": 2, "rules": [] }""")]
    public async Task Schema_OfARuleFile_RefusesFaults(string file)
    {
        using var json = JsonDocument.Parse(file);

        Assert.False((await SchemaAsync()).Evaluate(json.RootElement).IsValid);
    }

    [Fact]
    public async Task Schema_OfARuleFile_HasEveryFieldThatIsDescribed()
    {
        var run = await CommandRun.RunAsync("rules", "schema");

        using var schema = JsonDocument.Parse(run.Output);
        var rule = schema.RootElement.GetProperty("properties").GetProperty("rules").GetProperty("items");
        Assert.Equal(
            RuleFields.Describe().Select(field => field.Name).Where(name => !name.Contains('.', StringComparison.Ordinal)),
            rule.GetProperty("properties").EnumerateObject().Select(property => property.Name));
        Assert.Equal(["id", "limit"], rule.GetProperty("required").EnumerateArray().Select(name => name.GetString()!));
    }
}
