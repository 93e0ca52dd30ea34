using System.Globalization;
using System.Text;
using Throttle.Api.RuleFiles;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Api.RuleFiles;

public sealed class RuleFileReaderTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    public static TheoryData<string, LimiterSpec> Limits => new()
    {
        { "{ algorithm: token-bucket, capacity: 20, refill: 10/s }", new TokenBucketSpec(20, new Rate(10, Second)) },
        {
            "{ algorithm: token-bucket, bandwidths: [{capacity: 5, refill: 1/s}, {capacity: 100, refill: 100/h}] }",
            new TokenBucketSpec([new(5, new Rate(1, Second)), new(100, new Rate(100, 3600 * Second))])
        },
        { "{ algorithm: gcra, rate: 300/10s, burst: 7 }", new GcraSpec(new Rate(300, 10 * Second), 7) },
        { "{ algorithm: leaky-bucket, capacity: 9, leak: 5/250ms }", new LeakyBucketSpec(9, new Rate(5, Second / 4)) },
        { "{ algorithm: token-bucket, capacity: 1MiB, refill: 256KiB/s }", new TokenBucketSpec(1_048_576, new Rate(262_144, Second)) },
        { "{ algorithm: sliding-window, limit: 1.5GB, window: 1d }", new SlidingWindowSpec(1_500_000_000, 86_400 * Second) },
        { "{ algorithm: token-bucket, capacity: 20, refill: 10/s, debt: 40 }", new TokenBucketSpec(20, new Rate(10, Second)) { Debt = 40 } },
        { "{ algorithm: leaky-bucket, capacity: 9, leak: 5/s, adaptive: {} }", new LeakyBucketSpec(9, new Rate(5, Second), new()) },
        {
            "{ algorithm: leaky-bucket, capacity: 9, leak: 5/s, adaptive: { min-factor: 0.25, max-factor: 4, mode: per-call, every: 50ms, settable: true } }",
            new LeakyBucketSpec(9, new Rate(5, Second), new()
            {
                MinFactor = Factor.Parse("0.25"), MaxFactor = Factor.Parse("4"), Mode = AdaptiveMode.PerCall, EveryTicks = Second / 20, IsSettable = true,
            })
        },
        {
            "{ algorithm: leaky-bucket, capacity: 9, leak: 5/s, adaptive: { map: [{capacity: 0, low: 0.1, low-factor: 1.5, high: 0.9, high-factor: 0.6}] } }",
            new LeakyBucketSpec(9, new Rate(5, Second), new()
            {
                Map = [new(0, Factor.Parse("0.1"), Factor.Parse("1.5"), Factor.Parse("0.9"), Factor.Parse("0.6"))],
            })
        },
        { "{ algorithm: fixed-window, limit: 4, window: 1m }", new FixedWindowSpec(4, 60 * Second) },
        {
            "{ algorithm: fixed-window, limit: 4, calendar: week, time-zone: Europe/Berlin, week-start: sunday }",
            new FixedWindowSpec(4, 0, CalendarUnit.Week, "Europe/Berlin", DayOfWeek.Sunday)
        },
        { "{ algorithm: fixed-window, limit: 4, calendar: month }", new FixedWindowSpec(4, 0, CalendarUnit.Month) },
        { "{ algorithm: sliding-log, limit: 5, window: 10s }", new SlidingLogSpec(5, 10 * Second) },
        { "{ algorithm: sliding-window, limit: 5, window: 2h }", new SlidingWindowSpec(5, 7200 * Second) },
        { "{ algorithm: spacing, interval: 200ms }", new SpacingSpec(Second / 5, 0) },
        { "{ algorithm: spacing, interval: 200ms, reservations: 50, grace: 0 }", new SpacingSpec(Second / 5, 50, 0) },
        { "{ algorithm: queue, capacity: 100, drain: 10/s }", new QueueSpec(100, new Rate(10, Second)) },
        { "{ algorithm: queue, capacity: 100, drain: 10/s, max-age: 1h }", new QueueSpec(100, new Rate(10, Second), 3600 * Second) },
        { "{ algorithm: concurrency, limit: 3, lease: 30s }", new ConcurrencySpec(3, 30 * Second) },
    };

    [Theory]
    [InlineData("epoch", WindowAnchor.Epoch)]
    [InlineData("first-use", WindowAnchor.FirstUse)]
    public void Read_AnchorOfAWindow_IsRead(string word, WindowAnchor anchor)
    {
        var rule = Assert.Single(RuleFileReader.Read(
            $"version: 1\nrules: [{{ id: a, limit: {{ algorithm: fixed-window, limit: 4, window: 1m, anchor: {word} }} }}]"));

        Assert.Equal(new FixedWindowSpec(4, 60 * Second) { Anchor = anchor }, rule.Limit);
    }

    [Fact]
    public void Read_AnchorThatIsNone_IsAFaultThatNamesIt()
    {
        var fault = Assert.Single(Assert.Throws<InvalidRulesException>(() => RuleFileReader.Read(
            "version: 1\nrules: [{ id: a, limit: { algorithm: fixed-window, limit: 4, window: 1m, anchor: now } }]")).Faults);

        Assert.Contains("'anchor' is 'now'; use epoch, first-use.", fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int, string, string> FaultyFiles => new()
    {
        { "", 1, "", "There is nothing in it" },
        { "# only a comment\n", 1, "", "There is nothing in it" },
        { "null", 1, "", "There is nothing in it" },
        { "- a", 1, "", "A rule file is a mapping" },
        { "rules: []", 1, "version", "'version' is missing" },
        { "rules: []\nversion: 2", 2, "version", "'version' is '2'; this build reads version 1." },
        { "version: 1", 1, "rules", "'rules' is missing" },
        { "version: 1\nrules: 5", 2, "rules", "'rules' is a single value; use a list." },
        { "version: 1\nrules:\n", 2, "rules", "'rules' has no value" },
        { "version: 1\nrules: []\nrulez: 1", 3, "rulez", "'rulez' is not known here; use version, rules. Did you mean 'rules'?" },
        { "version: 1\nrules: []\nversion: 1", 3, "version", "stands here a second time; the first is on line 1" },
        { "version: 1\nrules: []\n---\nversion: 1", 3, "", "A second document starts here" },
        { "version: 1\nrules: [\n  {id: x", 4, "", "This is no YAML" },
        { "a:\n - b: c\n   d: [{ k:x: true\n   e: [{ f: g }]\n - { h: i }", 3, "", "This is no YAML: after this line there is something that cannot stand there." },
        { "version: 1\nrules:\n  - nothing", 3, "rules[0]", "A rule is a mapping, not a single value." },
        { "version: 1\nrules: []\n\0\nrules: 5", 3, "", "There is a control character, U+0000; remove it." },
        { "version: 1\nrules: [*x]", 2, "", "no anchor" },
        { "version: 1\nrules:\n\t- id: a\n", 3, "", "the indentation has a tab, and only spaces may indent (column 1)." },
        { "version: 1\r\nrules:\r\n  - id: a\r\n    limit:\r\n\talgorithm: x\r\n", 5, "", "a tab, and only spaces may indent (column 1)." },
        { "version: 1\nrules:\n  - id: a\n  \t  key: b\n", 4, "", "a tab, and only spaces may indent (column 3)." },
        { "version: 1\nrules: @x\n", 2, "", "(column 8)." },
        { "version: 1\nrules:\n  - &base { id: a }\n  - <<: *base\n    id: b\n", 4, "", "Merge keys (<<) are not supported; write the fields out" },
        { "version: 1\nrules:\n  - id: !acme\n", 3, "", "'!acme' is a tag, and tags are not supported" },
        { "version: 1\nrules: !!set { a }\n", 2, "", "'tag:yaml.org,2002:set' is a tag" },
        { "version: 1\nrules: []\n---\n", 3, "", "A second document starts here" },
        { "version: 1\nrules: &r [*r]\n", 2, "", "no anchor before it" },
        { "version: 1\nrules: []\n? [a]\n: b", 3, "", "A name is wanted here, not a list." },
    };

    public static TheoryData<string, int, string, string> FaultyAdaptiveAndDebt => new()
    {
        { Leaky("adaptive: 5"), 8, "rules[0].limit.adaptive", "'adaptive' is a single value; use a mapping such as { min-factor: 0.1, max-factor: 10 }." },
        { Leaky("adaptive: { min-factor: low }"), 8, "rules[0].limit.adaptive.min-factor", "'low' is no factor; use 0 to 1000, with up to 9 decimals, such as 0.15." },
        { Leaky("adaptive:\n        min-factor: 0.0000000001"), 9, "rules[0].limit.adaptive.min-factor", "with up to 9 decimals" },
        { Leaky("adaptive:\n        max-factor: -1"), 9, "rules[0].limit.adaptive.max-factor", "'-1' is no factor" },
        { Leaky("adaptive:\n        max-factor: 0.5"), 9, "rules[0].limit.adaptive.max-factor", "max-factor is 0.5; use 1 to 1000." },
        { Leaky("adaptive:\n        mode: percall"), 9, "rules[0].limit.adaptive.mode", "'mode' is 'percall'; use elapsed, per-call. Did you mean 'per-call'?" },
        { Leaky("adaptive:\n        settable: yes"), 9, "rules[0].limit.adaptive.settable", "'settable' is 'yes'; use true or false." },
        { Leaky("adaptive:\n        factor: 1"), 9, "rules[0].limit.adaptive.factor", "'factor' is not known here" },
        { Leaky("adaptive:\n        map: 1"), 9, "rules[0].limit.adaptive.map", "'map' is a single value; use a list of mappings" },
        { Leaky("adaptive:\n        map: [7]"), 9, "rules[0].limit.adaptive.map[0]", "An item of this list is a mapping" },
        { Leaky("adaptive:\n        map: [{capacity: 0, low: 0.1, low-factor: 2, high: 0.9}]"), 9, "rules[0].limit.adaptive.map[0].high-factor", "'high-factor' is missing; use a factor such as 0.15." },
        { "id: x\n    limit:\n      algorithm: token-bucket\n      capacity: 5\n      refill: 1/s\n      debt: -1", 8, "rules[0].limit.debt", "debt is -1; use 0 to" },
        { "id: x\n    limit:\n      algorithm: token-bucket\n      capacity: 5\n      refill: 1/s\n      debt: some", 8, "rules[0].limit.debt", "'debt' is 'some'; use a whole number." },
    };

    public static TheoryData<string, int, string, string> FaultyLimits => new()
    {
        { "limit: *l", 3, "rules[0].id", "'id' is missing" },
        { "id: x", 3, "rules[0].limit", "'limit' is missing" },
        { "id: x\n    limit: 5", 4, "rules[0].limit", "'limit' is a single value; use a mapping" },
        { "id: x\n    limit: {capacity: 5}", 4, "rules[0].limit.algorithm", "'algorithm' is missing" },
        { "id: x\n    limit:\n      algorithm: token-buckt", 5, "rules[0].limit.algorithm", "Did you mean 'token-bucket'?" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5\n      burst: 1", 6, "rules[0].limit.rate", "'5' is not a rate" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: many", 7, "rules[0].limit.burst", "'burst' is 'many'; use a whole number." },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: 1.5", 7, "rules[0].limit.burst", "'burst' is '1.5'; use a whole number. For fractions count smaller units: in tenths, 2.5 is 25, with rates and costs ten times as large." },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: 10_000", 7, "rules[0].limit.burst", "use a whole number" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: 1.5B", 7, "rules[0].limit.burst", "'burst': '1.5B' is not a size;" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: 0B", 7, "rules[0].limit.burst", "burst is 0; use 1 to" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 0.1B/s\n      burst: 1", 6, "rules[0].limit.rate", "'0.1B/s' has a bad size" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: 0", 7, "rules[0].limit.burst", "burst is 0; use 1 to" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: 99999999999999999999", 7, "rules[0].limit.burst", "use 1 to" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: [1]", 7, "rules[0].limit.burst", "'burst' is a list; use a single value." },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s", 5, "rules[0].limit.burst", "'burst' is missing" },
        { "id: x\n    limit:\n      algorithm: gcra\n      rate: 5/s\n      burst: 1\n      capacity: 3", 8, "rules[0].limit.capacity", "'capacity' is not known here" },
        { "id: x\n    limit:\n      algorithm: sliding-log\n      limit: 2000000\n      window: 1s", 6, "rules[0].limit.limit", "use 1 to 1000000" },
        { "id: x\n    limit:\n      algorithm: sliding-log\n      limit: 2\n      window: 10 s", 7, "rules[0].limit.window", "'10 s' is not a duration" },
        { "id: x\n    limit:\n      algorithm: concurrency\n      limit: 2", 5, "rules[0].limit.lease", "'lease' is missing" },
        { "id: x\n    limit:\n      algorithm: fixed-window\n      limit: 2", 5, "rules[0].limit.window", "'window' is missing; use a duration such as 1m, or calendar: day." },
        { "id: x\n    limit:\n      algorithm: fixed-window\n      limit: 2\n      window: 0s\n      calendar: day", 7, "rules[0].limit.window", "does not go with calendar; use one of them." },
        { "id: x\n    limit:\n      algorithm: fixed-window\n      limit: 2\n      calendar: moonth", 7, "rules[0].limit.calendar", "Did you mean 'month'?" },
        { "id: x\n    limit:\n      algorithm: fixed-window\n      limit: 2\n      calendar: day\n      time-zone: Nowhere", 8, "rules[0].limit.time-zone", "which this machine does not know" },
        { "id: x\n    limit:\n      algorithm: spacing\n      interval: 1s\n      grace: 2s", 7, "rules[0].limit.grace", "use 0s to the interval, 1s" },
        { "id: x\n    limit:\n      algorithm: spacing\n      interval: 1s\n      reservations: 99999999999", 7, "rules[0].limit.reservations", "use 0 to 10000" },
        { "id: x\n    limit:\n      algorithm: token-bucket\n      bandwidths:\n        - capacity: 0\n          refill: 1/s", 7, "rules[0].limit.capacity", "capacity is 0" },
        { "id: x\n    limit:\n      algorithm: token-bucket\n      bandwidths:\n        - capacity: 1\n          refill: 1/s\n          refil: 1/s", 9, "rules[0].limit.bandwidths[0].refil", "Did you mean 'refill'?" },
        { "id: x\n    limit:\n      algorithm: token-bucket\n      bandwidths: []", 6, "rules[0].limit.bandwidths", "use 1 to 16" },
        { "id: x\n    limit:\n      algorithm: token-bucket\n      bandwidths: [{capacity: 1, refill: 1/s}]\n      capacity: 1", 6, "rules[0].limit.bandwidths", "use one of the two forms" },
    };

    public static TheoryData<string, int, string, string> FaultyFields => new()
    {
        { "id: x\n    limit: *l\n    onError: deny", 5, "rules[0].onError", "Did you mean 'on-error'?" },
        { "id: x\n    limit: *l\n    mode: Enforce", 5, "rules[0].mode", "'mode' is 'Enforce'; use enforce, shadow, off. Did you mean 'enforce'?" },
        { "id: x\n    limit: *l\n    on-change:", 5, "rules[0].on-change", "'on-change' has no value" },
        {
            "id: x\n    limit: *l\n    durability: persistent", 5, "rules[0].durability",
            "'durability' is 'persistent'; use auto, memory, persisted. Did you mean 'persisted'?"
        },
        { "id: x\n    limit: *l\n    replicate: yes", 5, "rules[0].replicate", "'replicate' is 'yes'; use true or false." },
        {
            "id: x\n    limit: { algorithm: gcra, rate: 1/s, burst: 1 }\n    replicate: true", 5, "rules[0].replicate",
            "only algorithm token-bucket with one bandwidth can be"
        },
        { "id: x\n    limit: *l\n    cost: -1", 5, "rules[0].cost", "the cost is -1; use 0 to" },
        { "id: x\n    limit: *l\n    cost: 1.5", 5, "rules[0].cost", "use a whole number" },
        { "id: x\n    limit: *l\n    key:\n      - a\n      - a", 7, "rules[0].key[1]", "is there twice" },
        { "id: x\n    limit: *l\n    key:\n      - a\n      - ip/0", 7, "rules[0].key[1]", "has '0' after a slash; use a prefix length" },
        { "id: x\n    limit: *l\n    key: [ip/32,64]", 5, "rules[0].key[1]", "write \"ip/32,64\" in quotes" },
        { "id: x\n    limit: *l\n    key: user|Lower", 5, "rules[0].key", "has 'Lower' after a bar; use trim or lower" },
        { "id: x\n    limit: *l\n    key: {a: b}", 5, "rules[0].key", "'key' is a mapping; use a single value or a list of them." },
        { "id: x\n    limit: *l\n    match: path", 5, "rules[0].match", "use a mapping of attributes to patterns" },
        { "id: x\n    limit: *l\n    match:\n      path: /a\n      path: /b", 7, "rules[0].match.path", "a second time; the first is on line 6" },
        { "id: x\n    limit: *l\n    match:\n      path:\n        - /a\n        - [b]", 8, "rules[0].match.path[1]", "An item of 'path' is a list; use a single value." },
        { "id: x\n    limit: *l\n    match:\n      ip:\n        - 10.0.0.0/8\n        - 10.0.0.0/33", 8, "rules[0].match.ip[1]", "use 0 to 32" },
        { "id: x\n    limit: *l\n    match: { ip: 10.0.0.0/255.0.0.0 }", 5, "rules[0].match.ip", "'255.0.0.0' is a netmask; write the prefix length: 10.0.0.0/8" },
        { "id: x\n    limit: *l\n    match:\n      user: \"!acme\"", 6, "rules[0].match.user", "a pattern cannot say \"not\"; for the text itself write '\\!acme' in single quotes" },
        { "id: x\n    limit: *l\n    match:\n      method: GET, POST", 6, "rules[0].match.method", "write the list [GET, POST]" },
        { "id: x\n    limit: *l\n    match:\n      ip: []", 6, "rules[0].match.ip", "there are 0 patterns" },
        { "id: x\n    limit: *l\n    deliver: http://host/", 5, "rules[0].deliver", "'deliver' is a single value; use a mapping with url, timeout, attempts and backoff." },
        { "id: x\n    limit: *l\n    deliver:\n      attempts: 3", 5, "rules[0].deliver", "deliver goes with the algorithm queue, not with" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      uri: http://host/", 6, "rules[0].deliver.uri", "Did you mean 'url'?" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      url: ftp://host/", 6, "rules[0].deliver.url", "begins with http:// or https://" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      url: \"http://host/\\r\\nX: y\"", 6, "rules[0].deliver.url", "holds blanks or control characters" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      url: \" http://host/\"", 6, "rules[0].deliver.url", "holds blanks or control characters" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      url: http://me:secret@host/", 6, "rules[0].deliver.url", "holds a user name or a password" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      url: file:///etc/passwd", 6, "rules[0].deliver.url", "begins with http:// or https://" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      url: host/path", 6, "rules[0].deliver.url", "begins with http:// or https://" },
        { "id: x\n    limit: {algorithm: queue, capacity: 9, drain: 1/s}\n    deliver:\n      attempts: 0", 6, "rules[0].deliver.attempts", "attempts is 0; use 1 to 100" },
        { "id: a_b\n    limit: *l", 3, "rules[0].id", "use only the characters" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Read_EachAlgorithm_GivesItsNumbers(string limit, LimiterSpec spec) =>
        Assert.Equal(spec, Assert.Single(RuleFileReader.Read($"version: 1\nrules:\n  - id: x\n    limit: {limit}\n")).Limit);

    [Fact]
    public void Read_FullRule_GivesEveryField()
    {
        const string text = """
            version: 1
            rules:
              - id: per-client
                match:
                  path: /api/**
                  method: [GET, POST]
                  ip: 10.0.0.0/8
                key: [user|lower]
                limit: { algorithm: token-bucket, capacity: 20, refill: 10/s }
                cost: bytes
                mode: shadow
                on-error: deny
                on-change: proportional
                durability: persisted
                replicate: true
            """;

        var expected = new Rule
        {
            Id = "per-client",
            Match = [new("path", "/api/**"), new("method", ["GET", "POST"]), new("ip", "10.0.0.0/8")],
            Key = ["user|lower"],
            Limit = new TokenBucketSpec(20, new Rate(10, Second)),
            Cost = new Cost(0, "bytes"),
            Mode = RuleMode.Shadow,
            OnError = OnError.Deny,
            OnChange = OnChange.Proportional,
            Durability = Durability.Persisted,
            Replicate = true,
        };
        Assert.Equal([expected], RuleFileReader.Read(text));
        Assert.Equal([expected], RuleFileReader.Read(text.Replace("[user|lower]", "user|lower", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(FaultyFiles))]
    public void Read_FaultyFile_NamesTheLine(string text, int line, string path, string message) => AssertOneFault(text, line, path, message);

    [Theory]
    [MemberData(nameof(FaultyLimits))]
    [MemberData(nameof(FaultyAdaptiveAndDebt))]
    [MemberData(nameof(FaultyFields))]
    public void Read_FaultyRule_NamesTheLine(string rule, int line, string path, string message)
    {
        var aliased = rule.Replace("*l", "{ algorithm: gcra, rate: 1/s, burst: 1 }", StringComparison.Ordinal);
        AssertOneFault($"version: 1\nrules:\n  - {aliased}\n", line, path, message);
    }

    [Fact]
    public void Read_ManyFaults_AreAllReportedInLineOrder()
    {
        const string text = """
            version: 1
            extra: 1
            rules:
              - id: a
                limit: { algorithm: gcra, rate: x, burst: 0 }
                mode: loud
              - id: a
                limit: { algorithm: gcra, rate: 1/s, burst: 1 }
                key: [k, k]
              - 5
            """;

        var faults = Assert.Throws<InvalidRulesException>(() => RuleFileReader.Read(text)).Faults;

        Assert.Equal(
            [
                "2 extra", "5 rules[0].limit.rate", "5 rules[0].limit.burst", "6 rules[0].mode", "7 rules[1].id",
                "9 rules[1].key[1]", "10 rules[2]",
            ],
            faults.Select(fault => string.Create(CultureInfo.InvariantCulture, $"{fault.Line} {fault.Path}")));
    }

    [Fact]
    public void Read_Aliases_AreFollowed()
    {
        const string text = """
            version: 1
            rules:
              - id: a
                match: { path: &paths [/a, /b] }
                limit: &limit { algorithm: gcra, rate: 1/s, burst: 1 }
              - id: b
                match: { path: *paths }
                limit: *limit
            """;

        var rules = RuleFileReader.Read(text);

        Assert.Equal(rules[0] with { Id = "b" }, rules[1]);
    }

    [Theory]
    [InlineData("\uFEFFversion: 1\nrules: []\n")]
    [InlineData("---\r\nversion: 1\r\nrules: []\r\n...\r\n")]
    [InlineData("{\"rules\": [], \"version\": \"1\"}")]
    [InlineData("version: !!int 1\nrules: !!seq []\n")]
    [InlineData("version: ! 1\nrules:\t[\n\t]\n")]
    public void Read_OtherWaysToWriteIt_IsRead(string text) => Assert.Empty(RuleFileReader.Read(text));

    [Fact]
    public void Read_AliasBomb_IsRefused()
    {
        var text = new StringBuilder("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        AssertOneFault(text.ToString(), 8, "", "aliases written out; use fewer");
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Read_DeepNesting_IsRefused(char open) =>
        AssertOneFault("version: 1\nrules: " + new string(open, 100_000), 2, "", "The nesting is deeper than 32");

    [Fact]
    public void Read_TooLong_IsRefused() =>
        AssertOneFault("# " + new string('é', RuleFileReader.MaxBytes / 2), 1, "", "longer than 16777216 bytes");

    [Fact]
    public void Read_Json_IsReadLikeYaml()
    {
        const string json = "{\n\t\"version\": 1,\n\t\"rules\": [\n\t\t{\"id\":\"a\",\"match\":{\"path\":\"\\/caf\\u00e9\\/\\ud83d\\ude00\"},"
            + "\"cost\":2,\"limit\":{\"algorithm\":\"gcra\",\"rate\":\"1/s\",\"burst\":1}}\n\t]\n}\n";

        var rule = Assert.Single(RuleFileReader.Read(json));

        Assert.Equal(new Condition("path", "/café/😀"), Assert.Single(rule.Match));
        Assert.Equal(new Cost(2), rule.Cost);
    }

    [Fact]
    public void Read_FaultyJson_NamesTheLine() =>
        AssertOneFault(
            "{\n\"version\": 1,\n\"rules\": [\n{\"id\":\"a\",\n\"limit\":{\"algorithm\":\"gcra\",\"rate\":\"1/s\",\n\"burst\":0}}]}",
            6,
            "rules[0].limit.burst",
            "burst is 0");

    [Fact]
    public void ReadRule_IdFromOutside_IsTakenAndCompared()
    {
        const string limit = "\"limit\":{\"algorithm\":\"gcra\",\"rate\":\"1/s\",\"burst\":1}";

        Assert.Equal("a", RuleFileReader.ReadRule($"{{{limit}}}", "a").Id);
        Assert.Equal("a", RuleFileReader.ReadRule($"{{\"id\":\"a\",{limit}}}").Id);
        var fault = Assert.Single(Assert.Throws<InvalidRulesException>(
            () => RuleFileReader.ReadRule($"{{\"id\":\"b\",{limit}}}", "a")).Faults);
        Assert.Equal("rules[0].id", fault.Path);
        Assert.Contains("'id' is 'b', but the rule is to be 'a'", fault.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidRulesException>(() => RuleFileReader.ReadRule($"{{{limit}}}"));
        Assert.Throws<InvalidRulesException>(() => RuleFileReader.ReadRule("[]", "a"));
    }

    private static void AssertOneFault(string text, int line, string path, string message)
    {
        var fault = Assert.Single(Assert.Throws<InvalidRulesException>(() => RuleFileReader.Read(text)).Faults);

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal((line, path), (fault.Line, fault.Path));
    }

    private static string Leaky(string adaptive) => $"id: x\n    limit:\n      algorithm: leaky-bucket\n      capacity: 5\n      leak: 1/s\n      {adaptive}";
}
