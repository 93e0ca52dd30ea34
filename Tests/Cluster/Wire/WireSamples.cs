using System.Net;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Membership;
using Throttle.Grains.Queues;
using Throttle.Grains.Rules;
using Throttle.Grains.Storage;
using Throttle.Grains.Usage;

namespace Throttle.Tests.Cluster.Wire;

/// <summary>One value of every type that goes over the wire or into storage, no member of it left at its default.</summary>
internal static class WireSamples
{
    private static readonly BucketGrant Grant = new(3, 639_000_000_000_000_001, 639_000_000_600_000_002, new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"));

    private static readonly BucketReply Reply =
        new(LimiterDecision.Allowed(100, 42, 1_500_000, 90_000_000, Grant.ToGrant()), 12) { NeverFits = true, Error = "told for the test" };

    private static readonly LimitWire Limit = LimitWire.From(
        new FixedWindowSpec(5000, 0, CalendarUnit.Day, "Europe/Berlin", DayOfWeek.Sunday));

    private static readonly RuleWire Rule = RuleWire.From(new()
    {
        Id = "per-client",
        Match = [new("path", ["/v1/*", "/v2/*"])],
        Key = ["client", "region|lower"],
        Limit = new LeakyBucketSpec(10, new(1, 10_000_000), new() { Mode = AdaptiveMode.PerCall, EveryTicks = 1_000_000, IsSettable = true }),
        Cost = new(2, "bytes"),
        Mode = RuleMode.Shadow,
        OnError = OnError.Deny,
        OnChange = OnChange.Proportional,
        Durability = Durability.Persisted,
    }) with
    {
        BucketsSince = 11,
    };

    private static readonly HeardCountWire Heard = new("us", 9_007_199_254_740_993, 12, 3);

    private static readonly CountWire Count = new()
    {
        Rule = "shared",
        Key = "42",
        Count = 9_007_199_254_740_993,
        Start = 4,
        Version = 7,
        Consumed = 12,
        Returned = 3,
        Outstanding = 9,
    };

    private static readonly Guid Stamp = new("00112233-4455-6677-8899-aabbccddeeff");

    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static readonly WorkWire Work = new("job-1", [1, 0, 255], "text/plain", Trace);

    private static readonly EndedWorkWire Ended = new("job-0", 639_000_000_000_000_001, 639_000_000_000_000_002, 639_000_000_000_000_003);

    private static readonly WorkItemWire Item = new()
    {
        Id = "job-1",
        Payload = [1, 0, 255],
        ContentType = "text/plain",
        EnqueuedAtTicks = 639_000_000_000_000_001,
        DueAtTicks = 639_000_000_000_000_007,
        Attempts = 2,
        NotBeforeTicks = 639_000_000_000_000_009,
        LastError = "busy",
        FailedAtTicks = 639_000_000_000_000_011,
        TraceParent = Trace,
    };

    private static readonly RuleSetWire RuleSet = new(12, [Rule]);

    private static readonly UsageCountsWire Counts = new(5, 4, 3, 2, 9_007_199_254_740_993);

    private static readonly UsageSourceRecord Source = new("S192.0.2.1:11111:12345", 639_000_000_000_000_001, 639_000_000_600_000_002);

    /// <summary>The values, by the names that the recorded bytes have. An enumeration has one for each of its values.</summary>
    public static IReadOnlyDictionary<string, object> All { get; } = Values()
        .Select(v => (Name: NameOf(v), Value: v))
        .Append(("BucketRecord.heard", new BucketRecord { Limit = Limit, State = [1, 2, 255], Heard = [Heard] }))
        .Append(("MovedBucket.heard", new MovedBucket { Limit = Limit, State = [3, 0, 254], Heard = [Heard], Own = Heard, IsPresumed = true }))
        .ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);

    private static string NameOf(object value) =>
        value is Enum ? $"{value.GetType().Name}.{value}" : value.GetType().Name;

    private static IEnumerable<object> Values() =>
    [
        Grant, Reply, Limit, new ReturnReply(true, Reply), new RuleEditReply(true, RuleSet),
        RuleSet, Rule, new WaitReply(WaitStatus.InLine, Reply),
        new BucketRecord { Limit = Limit, State = [1, 2, 255], RulesVersion = 12 }, new RulesRecord { Rules = RuleSet },
        new MovedBucket { Limit = Limit, State = [3, 0, 254], IsPersisted = true, Etag = "7", HasRecord = true, RulesVersion = 12 },
        Counts, new RuleUsageWire("per-client", "S192.0.2.1:11111:12345", Counts), new UsageNodeWire("S192.0.2.1:11111:12345", true),
        new UsageReply(new Guid("0f0e0d0c-0b0a-0908-0706-050403020100"), 638_999_999_999_999_999),
        new UsageWire(639_000_000_000_000_001, [new("n1", true)], [new("per-client", "n1", Counts)]),
        Source, new UsageRowRecord("per-client", -1, Counts),
        new UsageRecord { SinceTicks = 639_000_000_000_000_001, FoldedThrough = 638_999_999_999_999_999, Sources = [Source], Rows = [new("a", 0, Counts)] },
        new LossReport(TimeSpan.FromSeconds(90), [SiloAddress.New(IPAddress.Parse("192.0.2.1"), 11111, 12345)]),
        new BeginReply(BeginStatus.Wait, 1_500_000, "told for the test"),
        Heard, Count, new CountPageWire("us", 9_007_199_254_740_993, 3, 7, true, [Count]), new PeerReply(7, 1, 1, "told for the test", true),
        new ChargeWire("us", 9_007_199_254_740_993, 12, 3, 9, true),
        .. Enum.GetValues<BeginStatus>().Cast<object>(),
        Work, Item, Ended,
        new WorkReply { Outcome = WorkOutcome.Full, EnqueuedAtTicks = 639_000_000_000_000_001, DueAtTicks = 639_000_000_000_000_007, RetryAfterTicks = 9, Reason = "full", RulesVersion = 12 },
        new QueueReply
        {
            Outcome = WorkOutcome.Done, Length = 3, Bytes = 400, HeadAgeTicks = 5, HeadId = "job-1", HeadAttempts = 2, HeadError = "busy",
            IsDelivering = true, NextTurnTicks = 77, Failed = 1, FailedItems = [Item], Reason = "none", RulesVersion = 12,
        },
        new WorkRecord { Items = [Item], Turns = [639_000_000_000_000_007], Failed = [Item], Ended = [Ended], Stamp = Stamp },
        new InlineCallWire { Limit = Limit, Permits = 3, Action = nameof(InlineAction.Drain), OnChange = nameof(OnChange.Proportional) },
        new WorkIndexRecord { Queues = ["mail/42", "mail/"], Stamp = Stamp },
        .. Enum.GetValues<WorkOutcome>().Cast<object>(),
        .. Enum.GetValues<BucketStatus>().Cast<object>(), .. Enum.GetValues<WaitStatus>().Cast<object>(),
    ];
}
