using Throttle.Api.Envoy;
using Throttle.Tests.Core.Tables;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyConfigTests
{
    [Theory]
    [MemberData(nameof(TableReader.Rows), "envoy-messages.tsv", MemberType = typeof(TableReader))]
    public void Read_PublishedFault_SaysWhatEnvoySays(string name, int row)
    {
        var cells = RowOf("envoy-messages.tsv", name, row);
        var texts = cells["yaml"].Split('|');
        var merges = texts[0] is "merge";
        var files = texts.Skip(merges ? 1 : 0).Select((text, i) => new EnvoyFile($"file{i + 1}.yaml", text)).ToArray();
        var fault = Assert.Single(Assert.Throws<EnvoyConfigException>(() => EnvoyConfig.Read(files, merges)).Faults);
        Assert.Equal(files[^1].Name, fault.Place.File);
        if (cells["match"] is "exact")
        {
            Assert.Equal(cells["message"], fault.Message);
        }
        else
        {
            Assert.StartsWith(cells["message"], fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(TableReader.Rows), "envoy-matches.tsv", MemberType = typeof(TableReader))]
    public void Match_PublishedRow_FindsTheLimitAndItsName(string name, int row)
    {
        var cells = RowOf("envoy-matches.tsv", name, row);
        var config = EnvoyConfig.Read(EnvoyConfigs.FilesOf(cells["config"]), mergesDomains: true);
        var request = cells["request"].Split('|');
        var match = config.Match(
            cells["domain"],
            new EnvoyDescriptor(EnvoyConfigs.EntriesOf(request[0]), request.Length > 1 ? EnvoyConfigs.LimitOf(request[1]) : null));
        Assert.Equal(cells["rule"], match?.Rule ?? "-");
        Assert.Equal(cells["limit"], Shown(match?.Limit));
    }

    [Fact]
    public void Read_FaultsInSeveralFiles_AreListedTogetherWithTheirLines()
    {
        var faults = Assert.Throws<EnvoyConfigException>(() => EnvoyConfig.Read(
        [
            new("a.yaml", "domain: a\ndescriptors:\n  - value: v\n  - key: k\n    rate_limit:\n      unit: foo\n      requests_per_unit: -1\n"),
            new("b.yaml", "domain: b\ndescriptors: {}\n"),
            new("c.yaml", "[1]"),
            new("d.yaml", "a: [\n"),
            new("e.yaml", "domain: a\nkey: x\n"),
        ])).Faults.Select(fault => fault.ToString());
        Assert.Equal(
        [
            "a.yaml:3: descriptor has empty key",
            "a.yaml:6: invalid rate limit unit 'foo'",
            "a.yaml:7: error loading config file: requests_per_unit is '-1'; use a whole number, 0 to 4294967295",
            "b.yaml:2: error loading config file: descriptors is a mapping; use a list of mappings",
            "c.yaml:1: error loading config file: the file is a list; use a mapping with domain and descriptors",
            "d.yaml:2: error loading config file: This is no YAML: While parsing a node, did not find expected node content (column 1).",
            "e.yaml:1: duplicate domain 'a' in config file",
            "e.yaml:2: config error, key 'key' has no effect in the file; use descriptors, domain",
        ], faults);
    }

    [Theory]
    [InlineData("requests_per_unit: 4294967296", "requests_per_unit is '4294967296'; use a whole number, 0 to 4294967295")]
    [InlineData("requests_per_unit: 1.5", "requests_per_unit is '1.5'")]
    [InlineData("requests_per_unit: [1]", "requests_per_unit is a list; use a single value")]
    [InlineData("unlimited: maybe", "unlimited is 'maybe'; use true or false")]
    [InlineData("replaces: x", "replaces is a single value; use a list of mappings")]
    [InlineData("shadow_mode: true", "key 'shadow_mode' has no effect in rate_limit; use name, replaces, requests_per_unit, unit, unlimited")]
    [InlineData("unit: day", "key 'unit' stands here a second time; the first is on line 5")]
    [InlineData("~: 1", "config error, key is not of type string: ~")]
    [InlineData("\"yes\": 1", "config error, unknown key 'yes'")]
    public void Read_BadLimit_SaysWhatIsAllowed(string line, string message)
    {
        var text = $"domain: d\ndescriptors:\n  - key: k\n    rate_limit:\n      unit: minute\n      {line}\n";
        Assert.Contains(Assert.Throws<EnvoyConfigException>(() => EnvoyConfig.Read([new("a.yaml", text)])).Faults, fault => fault.Message.Contains(message, StringComparison.Ordinal) && fault.Place.Line == 6);
    }

    [Fact]
    public void Read_WordsOfYaml_AreTakenAsEnvoyTakesThem()
    {
        var config = EnvoyConfig.Read(
        [
            new("a.yaml", "---\n# comment\ndomain: d\ndescriptors:\n  - key: k\n    value: 5\n    shadow_mode: Yes\n    metadata: { a: [1, true, { b: ~ }], 7: x }\n    rate_limit: &same { unit: MinuTE, requests_per_unit: 3 }\n  - key: other\n    rate_limit: *same\n"),
        ]);
        var match = config.Match("d", new EnvoyDescriptor([new("k", "5")]))!;
        Assert.Equal((3u, EnvoyUnit.Minute, true), (match.Limit.RequestsPerUnit, match.Limit.Unit, match.Limit.IsShadow));
        Assert.Equal("""{"a":[1,true,{"b":null}],"7":"x"}""", match.Metadata!.ToJsonString());
        Assert.Equal(3u, config.Match("d", new EnvoyDescriptor([new("other", "any")]))!.Limit.RequestsPerUnit);
    }

    [Fact]
    public void Read_NestingTooDeepForARequest_IsRefused()
    {
        var deepest = string.Concat(Enumerable.Repeat("descriptors: [{ key: k, ", EnvoyConfig.MaxEntries)) + "value: v" + string.Concat(Enumerable.Repeat(" }]", EnvoyConfig.MaxEntries));
        EnvoyConfig.Read([new("a.yaml", $"{{ domain: d, {deepest} }}")]);
        var tooDeep = deepest.Replace("value: v", "descriptors: [{ key: k }]", StringComparison.Ordinal);
        var fault = Assert.Single(Assert.Throws<EnvoyConfigException>(() => EnvoyConfig.Read([new("a.yaml", $"{{ domain: d, {tooDeep} }}")])).Faults);
        Assert.Equal("descriptors are nested deeper than 32, the most entries of a request's descriptor", fault.Message);
    }

    [Fact]
    public void Match_Wildcards_AreTriedInTheOrderOfTheFile()
    {
        var config = EnvoyConfig.Read(
        [
            new("a.yaml", """
                domain: d
                descriptors:
                  - { key: k, value: a*, rate_limit: { unit: minute, requests_per_unit: 1 } }
                  - { key: k, value: ab*, rate_limit: { unit: minute, requests_per_unit: 2 } }
                  - { key: k, value: abc, rate_limit: { unit: minute, requests_per_unit: 3 } }
                  - { key: k, rate_limit: { unit: minute, requests_per_unit: 4 } }
                  - { key: p*, rate_limit: { unit: minute, requests_per_unit: 5 } }
                """),
        ]);
        uint? Find(string key, string value) => config.Match("d", new EnvoyDescriptor([new(key, value)]))?.Limit.RequestsPerUnit;
        Assert.Equal((1u, 1u, 3u, 4u), (Find("k", "a"), Find("k", "abx"), Find("k", "abc"), Find("k", "b")));
        Assert.Equal((5u, 5u, null), (Find("path", "x"), Find("p", ""), Find("q", "x")));
    }

    [Fact]
    public void Match_BucketKeys_NeverRunTogether()
    {
        var config = EnvoyConfig.Read([new("a.yaml", "domain: d\ndescriptors:\n  - key: a\n"), new("b.yaml", "domain: d_a\n")]);
        var limit = new EnvoyLimit(1, EnvoyUnit.Minute);
        string KeyOf(string domain, EnvoyLimit carried, params EnvoyEntry[] entries) => config.Match(domain, new EnvoyDescriptor(entries, carried))!.BucketKey;
        string[] keys =
        [
            KeyOf("d", limit), KeyOf("d_a", limit), KeyOf("d", limit, new EnvoyEntry("a", "")), KeyOf("d", limit, new EnvoyEntry("a", "b_c")),
            KeyOf("d", limit, new EnvoyEntry("a_b", "c")), KeyOf("d", limit, new EnvoyEntry("a", "b|c")), KeyOf("d", limit, new EnvoyEntry("a", "b"), new EnvoyEntry("c", "")),
            KeyOf("d", limit, new EnvoyEntry("a", "b\\|c")), KeyOf("d", new EnvoyLimit(1, EnvoyUnit.Hour)),
        ];
        Assert.Equal(keys.Length, keys.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(keys[0], KeyOf("d", new EnvoyLimit(2, EnvoyUnit.Minute)));
    }

    [Fact]
    public void Match_SharedThreshold_IsOneBucketAndTheOthersAreNot()
    {
        var config = EnvoyConfig.Read(EnvoyConfigs.FilesOf("Share"));
        string KeyOf(string request) => config.Match("test-domain", new EnvoyDescriptor(EnvoyConfigs.EntriesOf(request)))!.BucketKey;
        Assert.Equal(KeyOf("files=files/a.pdf"), KeyOf("files=files/b.csv"));
        Assert.Equal(KeyOf("path=path/1,file=file/1,type=pdf"), KeyOf("path=path/2,file=file/1,type=pdf"));
        Assert.NotEqual(KeyOf("path=path/1,file=file/1,type=pdf"), KeyOf("path=path/1,file=file/2,type=pdf"));
        Assert.NotEqual(KeyOf("path=path/1,file=file/1,type=pdf"), KeyOf("path=path/1,file=file/1,type=txt"));
        Assert.NotEqual(KeyOf("file=test1"), KeyOf("file=test2"));
        Assert.Equal(KeyOf("file=test2"), KeyOf("file=test3"));
    }

    [Fact]
    public void Dump_Example_HasALineForEachLimit()
    {
        var config = EnvoyConfig.Read(EnvoyConfigs.FilesOf("Example"));
        var lines = config.Dump().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, 19), (config.DomainCount, config.LimitCount));
        Assert.Equal(config.LimitCount, lines.Length);
        Assert.Equal("mongo_cps.database_users: unit=SECOND requests_per_unit=500, shadow_mode: false, quota_mode: false", lines[0]);
        Assert.Contains("rl.foo.baz_shady: unit=MINUTE requests_per_unit=3, shadow_mode: true, quota_mode: false", lines);
        Assert.Contains("rl.qux: unit=UNKNOWN requests_per_unit=0, shadow_mode: false, quota_mode: false", lines);
        Assert.Contains("rl.service_service_1: unit=MINUTE requests_per_unit=1, shadow_mode: false, quota_mode: true", lines);
    }

    internal static IReadOnlyDictionary<string, string> RowOf(string table, string name, int row) =>
        TableReader.Read(table).Where(r => string.Equals(r["case"], name, StringComparison.Ordinal)).ElementAt(row);

    private static string Shown(EnvoyLimit? limit) =>
        limit is null ? "-" : limit.IsUnlimited ? "unlimited" : $"{limit.RequestsPerUnit}/{EnvoyUnits.NameOf(limit.Unit)}";
}
