using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Rules;

public sealed class RuleValidatorTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly Rate PerSecond = new(1, Second);

    public static TheoryData<LimiterSpec, string> FaultyLimits => new()
    {
        { new TokenBucketSpec(0, PerSecond), "limit.capacity: Rule 'per-user': capacity is 0; use 1 to 9007199254740992." },
        { new TokenBucketSpec(Limits.MaxPermits + 1, PerSecond), "limit.capacity: Rule 'per-user': capacity is 9007199254740993; use 1 to 9007199254740992." },
        { new TokenBucketSpec(1, new Rate(0, Second)), "limit.refill: Rule 'per-user': refill has 0 permits a period; use 1 to 9007199254740992." },
        { new TokenBucketSpec(1, new Rate(1, 9)), "limit.refill: Rule 'per-user': refill has a period of 0.9us; use 1us to 400d." },
        { new TokenBucketSpec([]), "limit.bandwidths: Rule 'per-user': bandwidths has 0 items; use 1 to 16." },
        { new TokenBucketSpec([.. Enumerable.Repeat(new Bandwidth(1, PerSecond), 17)]), "limit.bandwidths: Rule 'per-user': bandwidths has 17 items; use 1 to 16." },
        { new TokenBucketSpec([new(1, PerSecond), new(0, PerSecond)]), "limit.bandwidths[1].capacity: Rule 'per-user': bandwidths[1].capacity is 0; use 1 to 9007199254740992." },
        { new GcraSpec(PerSecond, 0), "limit.burst: Rule 'per-user': burst is 0; use 1 to 9007199254740992." },
        { new LeakyBucketSpec(1, new Rate(0, Second)), "limit.leak: Rule 'per-user': leak has 0 permits a period; use 1 to 9007199254740992." },
        { new TokenBucketSpec(5, PerSecond) { Debt = -1 }, "limit.debt: Rule 'per-user': debt is -1; use 0 to 9007199254740987." },
        { new TokenBucketSpec(5, PerSecond) { Debt = Limits.MaxPermits - 4 }, "limit.debt: Rule 'per-user': debt is 9007199254740988; use 0 to 9007199254740987." },
        { new TokenBucketSpec([new(1, PerSecond), new(2, PerSecond)]) { Debt = 3 }, "limit.debt: Rule 'per-user': debt is 3, which goes with one bandwidth; there are 2." },
        { new FixedWindowSpec(1, Limits.MaxPeriodTicks + 1), "limit.window: Rule 'per-user': window is 34560000000000.1us; use 1us to 400d." },
        { new FixedWindowSpec(1, Second, CalendarUnit.Day), "limit.window: Rule 'per-user': window is 1s, which does not go with calendar; use one of them." },
        { new FixedWindowSpec(1, 0, (CalendarUnit)9), "limit.calendar: Rule 'per-user': calendar is 9; use one of minute, hour, day, week, month, year." },
        { new FixedWindowSpec(1, 0, CalendarUnit.Day, "Mars/Base"), "limit.time-zone: Rule 'per-user': time-zone is 'Mars/Base', which this machine does not know; use an IANA name such as UTC or Europe/Berlin." },
        { new FixedWindowSpec(1, Second, TimeZone: "Europe/Berlin"), "limit.time-zone: Rule 'per-user': time-zone is 'Europe/Berlin', which goes with calendar, not with window." },
        { new FixedWindowSpec(1, 0, CalendarUnit.Day) { Anchor = WindowAnchor.FirstUse }, "limit.anchor: Rule 'per-user': anchor is first-use, which goes with window, not with calendar." },
        { new FixedWindowSpec(1, Second) { Anchor = (WindowAnchor)9 }, "limit.anchor: Rule 'per-user': anchor is 9; use one of epoch, first-use." },
        { new FixedWindowSpec(1, Second, WeekStart: DayOfWeek.Sunday), "limit.week-start: Rule 'per-user': week-start is sunday, which goes with calendar, not with window." },
        { new SlidingLogSpec(1_000_001, Second), "limit.limit: Rule 'per-user': limit is 1000001; use 1 to 1000000." },
        { new SlidingWindowSpec(1, 0), "limit.window: Rule 'per-user': window is 0s; use 1us to 400d." },
        { new SpacingSpec(Second, 10_001), "limit.reservations: Rule 'per-user': reservations is 10001; use 0 to 10000." },
        { new SpacingSpec(Second, -1), "limit.reservations: Rule 'per-user': reservations is -1; use 0 to 10000." },
        { new SpacingSpec(Second, 0, Second + 1), "limit.grace: Rule 'per-user': grace is 1000000.1us; use 0s to the interval, 1s." },
        { new QueueSpec(0, PerSecond), "limit.capacity: Rule 'per-user': capacity is 0; use 1 to 9007199254740992." },
        { new QueueSpec(1, new Rate(0, Second)), "limit.drain: Rule 'per-user': drain has 0 permits a period; use 1 to 9007199254740992." },
        { new QueueSpec(1, PerSecond, 9), "limit.max-age: Rule 'per-user': max-age is 0.9us; use 1us to 400d." },
        { new ConcurrencySpec(1, -5), "limit.lease: Rule 'per-user': lease is -5 ticks; use 1us to 400d." },
    };

    public static TheoryData<LimiterSpec, string> FaultyAdaptiveLimits => new()
    {
        { Adaptive(new(), AdaptiveNumbers.MaxCapacity + 1), "limit.capacity: Rule 'per-user': capacity is 1099511627777; use 1 to 1099511627776 where the leak is adaptive." },
        { Adaptive(new() { MinFactor = default }), "limit.adaptive.min-factor: Rule 'per-user': min-factor is 0; use 0.001 to 1." },
        { Adaptive(new() { MinFactor = Factor.Parse("1.1") }), "limit.adaptive.min-factor: Rule 'per-user': min-factor is 1.1; use 0.001 to 1." },
        { Adaptive(new() { MaxFactor = Factor.Parse("0.9") }), "limit.adaptive.max-factor: Rule 'per-user': max-factor is 0.9; use 1 to 1000." },
        { Adaptive(new() { Mode = (AdaptiveMode)7 }), "limit.adaptive.mode: Rule 'per-user': mode is 7; use one of elapsed, per-call." },
        { Adaptive(new() { EveryTicks = 1 }), "limit.adaptive.every: Rule 'per-user': every is 0.1us; use 1ms to 400d." },
        { Adaptive(new() { EveryTicks = -1 }), "limit.adaptive.every: Rule 'per-user': every is -1 ticks; use 1ms to 400d." },
        { Adaptive(new() { Map = [] }), "limit.adaptive.map: Rule 'per-user': map has 0 items; use 1 to 16." },
        { Adaptive(new() { Map = [Row() with { Capacity = 11 }] }), "limit.adaptive.map: Rule 'per-user': the map has no row for a capacity of 10; end it with a row of capacity 0." },
        { Adaptive(new() { Map = [Row(), Row()] }), "limit.adaptive.map[1].capacity: Rule 'per-user': map[1].capacity is 0; use less than the row's before it, 0." },
        { Adaptive(new() { Map = [Row() with { Low = Factor.One }] }), "limit.adaptive.map[0].low: Rule 'per-user': low and high in a row of the map are 1 and 0.8; use 0 to 1, low below high." },
        { Adaptive(new() { Map = [Row() with { LowFactor = Factor.Parse("1.009") }] }), "limit.adaptive.map[0].low-factor: Rule 'per-user': low-factor in a row of the map is 1.009; use 1, or 1.01 to 10." },
        { Adaptive(new() { Map = [Row() with { HighFactor = Factor.Parse("0.991") }] }), "limit.adaptive.map[0].high-factor: Rule 'per-user': high-factor in a row of the map is 0.991; use 1, or 0.1 to 0.99." },
    };

    public static TheoryData<LimiterSpec> ExtremeLimits => new()
    {
        new TokenBucketSpec(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks)),
        new TokenBucketSpec([.. Enumerable.Repeat(new Bandwidth(1, new Rate(1, Limits.MaxPeriodTicks)), 16)]),
        new FixedWindowSpec(1, 0, CalendarUnit.Week, "Europe/Berlin", DayOfWeek.Sunday),
        new FixedWindowSpec(1, 0, CalendarUnit.Year, "Etc/GMT+5"),
        new TokenBucketSpec(5, PerSecond) { Debt = Limits.MaxPermits - 5 },
        Adaptive(new() { MinFactor = AdaptiveNumbers.LeastFactor, MaxFactor = Factor.Max, EveryTicks = Limits.MaxPeriodTicks }, AdaptiveNumbers.MaxCapacity),
        Adaptive(new() { MinFactor = Factor.One, MaxFactor = Factor.One, Map = [Row() with { LowFactor = Factor.One, HighFactor = Factor.One }] }, 1),
        new SlidingLogSpec(1_000_000, Limits.MaxPeriodTicks),
        new SpacingSpec(Second, 10_000, Second),
        new SpacingSpec(Second, 0, 0),
        new QueueSpec(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks), Limits.MaxPeriodTicks),
    };

    [Theory]
    [MemberData(nameof(FaultyLimits))]
    [MemberData(nameof(FaultyAdaptiveLimits))]
    public void Validate_FaultyLimit_NamesFieldValueAndRange(LimiterSpec limit, string fault) =>
        AssertFaults(SomeRules.Rule("per-user") with { Limit = limit }, fault);

    [Theory]
    [MemberData(nameof(ExtremeLimits))]
    public void Validate_ExtremeLimit_IsGood(LimiterSpec limit) => AssertFaults(SomeRules.Rule("per-user") with { Limit = limit });

    public static TheoryData<Delivery, string> FaultyDeliveries => new()
    {
        { new() { Url = "" }, "deliver.url: Rule 'per-user': url has 0 characters; use 1 to 2048." },
        { new() { Url = "/hook" }, "deliver.url: Rule 'per-user': url is '/hook'; use an absolute one that begins with http:// or https://." },
        { new() { Url = "file:///etc/passwd" }, "deliver.url: Rule 'per-user': url is 'file:///etc/passwd'; use an absolute one that begins with http:// or https://." },
        { new() { Url = "http://me:secret@host/" }, "deliver.url: Rule 'per-user': url holds a user name or a password, which everybody sees who may see the rules; leave them out." },
        { new() { Attempts = 0 }, "deliver.attempts: Rule 'per-user': attempts is 0; use 1 to 100." },
        { new() { Attempts = 101 }, "deliver.attempts: Rule 'per-user': attempts is 101; use 1 to 100." },
        { new() { TimeoutTicks = 1 }, "deliver.timeout: Rule 'per-user': timeout is 0.1us; use 10ms to 10m." },
        { new() { BackoffTicks = 2 * TimeSpan.TicksPerHour }, "deliver.backoff: Rule 'per-user': backoff is 2h; use 1ms to 1h." },
    };

    [Theory]
    [MemberData(nameof(FaultyDeliveries))]
    public void Validate_FaultyDelivery_NamesFieldValueAndRange(Delivery deliver, string fault) =>
        AssertFaults(SomeRules.Rule("per-user") with { Limit = new QueueSpec(5, PerSecond), Deliver = deliver }, fault);

    [Fact]
    public void Validate_DeliveryWithoutAQueue_SaysWhatItGoesWith() => AssertFaults(
        SomeRules.Rule("per-user") with { Deliver = Delivery.Default },
        "deliver: Rule 'per-user': deliver goes with the algorithm queue, not with gcra.");

    [Theory]
    [InlineData("", "id: Rule 1: the id is empty; use 1 to 100 of the characters a-z, 0-9 and -.")]
    [InlineData("Per-User", "id: Rule 'Per-User': the id is 'Per-User'; use only the characters a-z, 0-9 and -.")]
    [InlineData("a b", "id: Rule 'a b': the id is 'a b'; use only the characters a-z, 0-9 and -.")]
    public void Validate_FaultyId_SaysWhy(string id, string fault) => AssertFaults(SomeRules.Rule(id), fault);

    [Fact]
    public void Validate_LongestId_IsGoodAndOneMoreIsNot()
    {
        AssertFaults(SomeRules.Rule(new string('a', 100)));
        Assert.Contains("has 101 characters; use 1 to 100", Assert.Single(RuleValidator.Validate([SomeRules.Rule(new string('a', 101))])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_FaultyConditions_AreAllNamed() =>
        AssertFaults(
            SomeRules.Rule(
                "r",
                new Condition("", "x"),
                new Condition("tab\t", "x"),
                new Condition("path", []),
                new Condition("path", ["/a", "", "10.0.0.0/40", new string('a', 1025), "\ud800", "x\\"])),
            "match.: Rule 'r': the attribute name '' is empty.",
            "match.tab\uFFFD: Rule 'r': the attribute name 'tab\uFFFD' holds characters that cannot be printed.",
            "match.path: Rule 'r': there are 0 patterns; use 1 to 1000.",
            "match.path: Rule 'r': the attribute 'path' has two conditions; give it one.",
            "match.path[1]: Rule 'r': the pattern is empty; use 1 to 1024 characters.",
            "match.path[2]: Rule 'r': the pattern is '10.0.0.0/40': the prefix length is 40; use 0 to 32.",
            "match.path[3]: Rule 'r': the pattern has 1025 characters; use 1 to 1024.",
            "match.path[4]: Rule 'r': the pattern '\ud800' holds half a character.",
            "match.path[5]: Rule 'r': the pattern is 'x\\': a backslash escapes the character after it, and none follows; write \\\\ for one.");

    [Fact]
    public void Validate_TooManyConditionsAndKeys_SaysHowMany() =>
        AssertFaults(
            SomeRules.Rule("r", [.. Enumerable.Range(0, 33).Select(i => new Condition($"a{i}", "x"))]) with
            {
                Key = [.. Enumerable.Range(0, 33).Select(i => $"a{i}")],
            },
            "match: Rule 'r': there are 33 conditions; use 0 to 32.",
            "key: Rule 'r': there are 33 key attributes; use 0 to 32.");

    [Fact]
    public void Validate_FaultyRest_IsAllNamed() =>
        AssertFaults(
            SomeRules.Rule("r") with
            {
                Key = ["a", "a", new string('k', 101)],
                Cost = new Cost(-1),
                Mode = (RuleMode)7,
                OnError = (OnError)7,
                OnChange = (OnChange)7,
                Durability = (Durability)7,
            },
            "key[1]: Rule 'r': the key attribute 'a' is there twice; name it once.",
            $"key[2]: Rule 'r': the key attribute '{new string('k', 60)}…' has 101 characters; use 1 to 100.",
            "cost: Rule 'r': the cost is -1; use 0 to 9007199254740992, or an attribute's name.",
            "mode: Rule 'r': mode is 7; use one of enforce, shadow, off.",
            "on-error: Rule 'r': on-error is 7; use one of allow, deny.",
            "on-change: Rule 'r': on-change is 7; use one of keep, proportional, additive, reset.",
            "durability: Rule 'r': durability is 7; use one of auto, memory, persisted.");

    [Fact]
    public void Validate_CostAttributeLikeANumber_IsRefused() =>
        AssertFaults(
            SomeRules.Rule("r") with { Cost = new Cost(0, "5x") },
            "cost: Rule 'r': the cost attribute '5x' looks like a number; start it with a letter.");

    [Fact]
    public void RuleSet_SeveralFaultyRules_ThrowsAllFaultsTogether()
    {
        var error = Assert.Throws<InvalidRulesException>(() => new RuleSet([
            SomeRules.Rule("a") with { Cost = new Cost(-1) }, SomeRules.Rule("b"), SomeRules.Rule("a"), SomeRules.Rule("X"),
        ]));

        Assert.Equal(["rules[0].cost", "rules[2].id", "rules[3].id"], error.Faults.Select(fault => fault.Path));
        Assert.Contains("the id is that of rules[0] too", error.Faults[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_TooManyRules_IsOneFault()
    {
        var rules = Enumerable.Repeat(SomeRules.Rule("a"), RuleLimits.MaxRules + 1).ToList();

        Assert.Equal("There are 100001 rules; use at most 100000.", Assert.Single(RuleValidator.Validate(rules)).Message);
    }

    private static LeakyBucketSpec Adaptive(AdaptiveNumbers numbers, long capacity = 10) => new(capacity, PerSecond, numbers);

    private static AdaptiveRow Row() => new(0, Factor.Parse("0.2"), Factor.Parse("1.01"), Factor.Parse("0.8"), Factor.Parse("0.99"));

    private static void AssertFaults(Rule rule, params string[] faults) =>
        Assert.Equal(faults.Select(fault => $"rules[0].{fault}"), RuleValidator.Validate([rule]).Select(fault => fault.ToString()));
}
