using System.Runtime.InteropServices;
using Throttle.Api.Envoy;
using Throttle.Api.Http;
using Throttle.Api.RuleFiles;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Api.RuleFiles;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyImportTests
{
    private const string Small = """
        domain: My_Domain
        descriptors:
          - key: path
            value: /api/*/x*
            descriptors:
              - { key: user, rate_limit: { unit: month, requests_per_unit: 7 } }
          - { key: ip, value: 10.0.0.0/8, share_threshold: false, rate_limit: { unit: second, requests_per_unit: 1 } }
          - { key: name, value: a*, share_threshold: true, shadow_mode: true, rate_limit: { unit: week, requests_per_unit: 2 } }
          - { key: any, rate_limit: { unlimited: true } }
        """;

    [Fact]
    public void Convert_Limits_BecomeRules()
    {
        var config = EnvoyConfig.Read([new("a.yaml", Small)]);
        var result = EnvoyImport.Convert(config);
        Assert.Empty(result.Notes);
        Assert.Equal(
            """
            version: 1
            rules:
              - id: my-domain-path-api-x-user
                match:
                  domain: My_Domain
                  path: "/api/**\\/x**"
                key: [path, user]
                limit: { algorithm: fixed-window, limit: 7, window: 30d }

              - id: my-domain-ip-10-0-0-0-8
                match:
                  domain: My_Domain
                  ip: "10.0.0.0\\/8"
                limit: { algorithm: fixed-window, limit: 1, window: 1s }

              - id: my-domain-name-a
                match:
                  domain: My_Domain
                  name: a*
                limit: { algorithm: fixed-window, limit: 2, window: 7d }
                mode: shadow

            """,
            RuleFileWriter.Write(result.Rules));
    }

    [Fact]
    public void Convert_WhatRulesCannotSay_IsNotedWithItsLine()
    {
        var config = EnvoyConfig.Read(
        [
            new("a.yaml", """
                domain: d
                descriptors:
                  - { key: none, rate_limit: { unit: minute, requests_per_unit: 0 } }
                  - { key: k*, rate_limit: { unit: minute, requests_per_unit: 1 } }
                  - { key: domain, rate_limit: { unit: minute, requests_per_unit: 1 } }
                  - { key: a, value: x, descriptors: [{ key: a, rate_limit: { unit: minute, requests_per_unit: 1 } }] }
                  - { key: b, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: b, value: more, rate_limit: { unit: minute, requests_per_unit: 6 } }
                  - { key: c, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: c, value: less, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: e, rate_limit: { unit: minute, requests_per_unit: 5 }, descriptors: [{ key: f, rate_limit: { unit: minute, requests_per_unit: 5 } }] }
                  - { key: h, value: a*, share_threshold: true, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: h, value: ab, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: i, rate_limit: { unlimited: true } }
                  - { key: g, rate_limit: { name: g, replaces: [{ name: x }], unit: day, requests_per_unit: 1 }, quota_mode: true, detailed_metric: true, metadata: { m: 1 } }
                """),
        ]);
        var result = EnvoyImport.Convert(config);
        Assert.Equal(["d-b-more", "d-c", "d-c-less", "d-e-f", "d-h-ab", "d-g"], result.Rules.Select(rule => rule.Id));
        Assert.Equal((7, 1), (result.LeftOut, result.Unlimited));
        Assert.Equal(
        [
            "a.yaml:3: d.none is left out: it allows 0 requests, and a rule's limit is 1 or more.",
            "a.yaml:4: d.k* is left out: the key 'k*' has a star, and attributes have names of their own.",
            "a.yaml:5: d.domain is left out: the key 'domain' is the attribute that holds the domain.",
            "a.yaml:6: d.a_x.a is left out: the key 'a' is there twice, and an attribute has one value.",
            "a.yaml:7: d.b is left out: what 'b_more' (a.yaml:8) matches is not its, and of rules all that match are applied.",
            "a.yaml:11: d.e is left out: a request for 'd.e.f' (a.yaml:11) has its attributes, too, and of rules all that match are applied.",
            "a.yaml:12: d.h_a* is left out: what 'h_ab' (a.yaml:13) matches is not its, and of rules all that match are applied.",
            "a.yaml:15: d.g differs: replaces has no counterpart: 'x' is applied as well.",
            "a.yaml:15: d.g differs: quota_mode has no counterpart: the rule refuses by itself, also while other quotas are not used up.",
            "a.yaml:15: d.g differs: metrics are by rule, never by value.",
            "a.yaml:15: d.g differs: metadata has no counterpart.",
        ], result.Notes.Select(note => note.ToString()));
    }

    [Fact]
    public void Convert_IdsThatWouldBeOne_AreToldApart()
    {
        var config = EnvoyConfig.Read(
        [
            new("a.yaml", $"domain: d\ndescriptors:\n  - {{ key: a_b, rate_limit: {{ unit: day, requests_per_unit: 1 }} }}\n  - {{ key: a-b, rate_limit: {{ unit: day, requests_per_unit: 1 }} }}\n  - {{ key: {new string('x', 99)}, rate_limit: {{ unit: day, requests_per_unit: 1 }} }}\n"),
            new("b.yaml", "domain: ü\ndescriptors: [{ key: ö, rate_limit: { unit: day, requests_per_unit: 1 } }]\n"),
        ]);
        var ids = EnvoyImport.Convert(config).Rules.Select(rule => rule.Id).ToArray();
        Assert.Equal(["d-a-b", "d-a-b-2", $"d-{new string('x', 90)}", "envoy"], ids);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Wildcard")]
    [InlineData("Share")]
    [InlineData("Readme")]
    [InlineData("Example")]
    [InlineData("Integration")]
    public async Task Convert_PublishedConfigurations_DecideAsTheFront(string name) => await CompareAsync(EnvoyConfigs.FilesOf(name), 1, 600);

    [Fact]
    public async Task Convert_RandomConfigurations_DecideAsTheFront()
    {
        var (asked, converted) = (0, 0);
        for (var seed = 1; seed <= 60; seed++)
        {
            var (questions, rules) = await CompareAsync(RandomConfig(new Random(seed)), seed, 150);
            (asked, converted) = (asked + questions, converted + rules);
        }

        // The questions must reach rules, or nothing was compared.
        Assert.InRange(asked, 2_000, int.MaxValue);
        Assert.InRange(converted, 150, int.MaxValue);
    }

    /// <summary>Asks the front and the converted rules the same, on one clock.</summary>
    /// <returns>How many questions a rule had an answer to, and how many rules there were.</returns>
    private static async Task<(int Asked, int Rules)> CompareAsync(IReadOnlyList<EnvoyFile> files, int seed, int questions)
    {
        using var folder = new TempFolder();
        foreach (var file in files)
        {
            await File.WriteAllTextAsync(folder.File(file.Name), file.Text);
        }

        var options = new EnvoyOptions { ConfigPath = folder.Path };
        await using var source = await EnvoyConfigSource.OpenAsync(options, new RuleFileOptions { IsWatched = false });
        var result = EnvoyImport.Convert(source.Current);
        var leftOut = result.Notes.Where(note => note.IsLeftOut).Select(note => note.Name).ToHashSet(StringComparer.Ordinal);

        var clock = new VirtualTimeProvider(TestNode.Start);
        var settings = new LocalThrottleOptions { TimeProvider = clock };
        await using var front = new LocalThrottle(LocalThrottleRules([]), settings);
        await using var rules = new LocalThrottle(LocalThrottleRules(RuleFileReader.Read(RuleFileWriter.Write(result.Rules))), settings);
        using var meter = new EnvoyMeter(front, source);
        var service = new EnvoyService(source, options, front.InlineLimits, meter, new ThrottleApiOptions { Clock = clock });
        var random = new Random(seed);
        var asked = 0;
        for (var i = 0; i < questions; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(random.Next(4) * random.Next(20)));
            var request = Question(source.Current, random);
            if (source.Current.Match(request.Domain, request.Descriptors[0]) is { } match && leftOut.Contains(match.FileRule))
            {
                continue;
            }

            var (verdict, _) = await service.DecideAsync(request, default);
            var decision = await rules.AcquireAsync(new ThrottleRequest(AttributesOf(request), request.HitsAddend));
            Assert.True(
                !verdict.IsOver == decision.IsAllowed,
                $"Seed {seed}, question {i}: {request.Domain} {string.Join(',', request.Descriptors[0].Entries)} × {request.HitsAddend}: over is {verdict.IsOver}, the rule '{decision.Rule?.Id}' says {decision.IsAllowed}:\n{string.Join("\n||\n", files.Select(file => file.Text))}\n{RuleFileWriter.Write(result.Rules)}");
            asked += decision.Rules.Count > 0 ? 1 : 0;
        }

        return (asked, result.Rules.Count);
    }

    private static LocalRules LocalThrottleRules(IReadOnlyList<Rule> rules) => new(rules);

    private static Attributes AttributesOf(EnvoyRequest request)
    {
        var items = new List<(string, string)> { ("domain", request.Domain) };
        items.AddRange(request.Descriptors[0].Entries.Select(entry => (entry.Key, entry.Value)));
        return AttributesBuilder.Create(CollectionsMarshal.AsSpan(items));
    }

    /// <summary>A descriptor with the keys of some way through the configuration, and values that often match.</summary>
    private static EnvoyRequest Question(EnvoyConfig config, Random random)
    {
        var (domain, nodes) = config.Domains[random.Next(config.Domains.Count)];
        while (true)
        {
            var entries = new List<EnvoyEntry>();
            var level = nodes;
            EnvoyNode? last = null;
            while (level.All.Count > 0 && (entries.Count == 0 || random.Next(4) > 0))
            {
                var node = last = level.All[random.Next(level.All.Count)];
                var value = node.Value.Length > 0 && random.Next(4) > 0 ? node.Value.Replace("*", Word(random), StringComparison.Ordinal) : Word(random);
                entries.Add(new EnvoyEntry(node.Key.Replace("*", "z", StringComparison.Ordinal), value));
                level = node.Children;
            }

            // Of a descriptor that names a key twice there are no attributes; and the way must end where something is decided.
            if (entries.DistinctBy(entry => entry.Key).Count() == entries.Count && (last!.Limit is not null || last.Children.All.Count == 0))
            {
                return new EnvoyRequest(domain, [new EnvoyDescriptor([.. entries])], (uint)random.Next(1, 4));
            }
        }
    }

    private static string Word(Random random) => ((string[])["a", "b", "ab", "a/b", "x", "/"])[random.Next(6)];

    private static EnvoyFile[] RandomConfig(Random random) =>
        [.. Enumerable.Range(1, random.Next(1, 3)).Select(i => new EnvoyFile($"file{i}.yaml", $"{{ domain: d{i}, descriptors: [{Descriptors(random, 0)}] }}"))];

    private static string Descriptors(Random random, int depth)
    {
        var seen = new HashSet<(string, string)>();
        var items = new List<string>();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var key = $"k{random.Next(3) + (random.Next(3) > 0 ? depth * 3 : 0)}";
            var value = ((string[])["", "", "a", "b", "a*", "*b", "a*/", "a/b", "*"])[random.Next(9)];
            if (!seen.Add((key, value)))
            {
                continue;
            }

            var share = value.Contains('*', StringComparison.Ordinal) && random.Next(2) == 0 ? ", share_threshold: true" : "";
            var shadow = random.Next(5) == 0 ? ", shadow_mode: true" : "";
            var limit = random.Next(5) switch
            {
                0 => "",
                1 => ", rate_limit: { unlimited: true }",
                _ => $", rate_limit: {{ unit: {(random.Next(2) == 0 ? "second" : "minute")}, requests_per_unit: {random.Next(6)} }}",
            };
            var below = depth < 2 && random.Next(3) == 0 ? $", descriptors: [{Descriptors(random, depth + 1)}]" : "";
            items.Add($"{{ key: {key}, value: '{value}'{share}{shadow}{limit}{below} }}");
        }

        return string.Join(", ", items);
    }
}
