using System.Net;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Membership;
using Throttle.Grains.Queues;
using Throttle.Grains.Rules;
using Throttle.Grains.Storage;

namespace Throttle.Tests.Cluster.Wire;

/// <summary>One value of every type that goes over the wire or into storage, no member of it left at its default.</summary>
internal static class WireSamples
{
    private static readonly BucketGrant Grant = new(3, 639_000_000_000_000_001, 639_000_000_600_000_002, 77);

    private static readonly BucketReply Reply =
        new(LimiterDecision.Allowed(100, 42, 1_500_000, 90_000_000, Grant.ToGrant()), 12) { NeverFits = true, Error = "told for the test" };

    private static readonly LimitWire Limit = new()
    {
        Algorithm = "fixed-window",
        Bandwidths = [new(100, 10, 10_000_000), new(1000, 100, 36_000_000_000)],
        Limit = 5000,
        PeriodTicks = 864_000_000_000,
        Calendar = "Day",
        TimeZone = "Europe/Berlin",
        WeekStart = "Sunday",
        Reservations = 7,
        GraceTicks = 1_000_000,
    };

    private static readonly RuleWire Rule = new()
    {
        Id = "per-client",
        Match = [new("path", ["/v1/*", "/v2/*"])],
        Key = ["client", "region"],
        Limit = Limit,
        CostPermits = 2,
        CostAttribute = "bytes",
        Mode = nameof(RuleMode.Shadow),
        OnError = nameof(OnError.Deny),
        OnChange = nameof(OnChange.Proportional),
        Durability = nameof(Durability.Persisted),
        Previous = new(new LimitWire { Algorithm = "concurrency", Limit = 9, PeriodTicks = 600_000_000 }, 638_999_999_999_999_999),
    };

    // Members that came later than the recorded bytes of the others.
    private static readonly RuleWire QueueRule = new()
    {
        Id = "mail",
        Limit = new() { Algorithm = "queue", Bandwidths = [new(100, 10, 10_000_000)], MaxAgeTicks = 36_000_000_000 },
        Deliver = new("https://host/hook", 50_000_000, 7, 20_000_000),
    };

    private static readonly Guid Stamp = new("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly WorkWire Work = new("job-1", [1, 0, 255], "text/plain");

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
    };

    private static readonly RuleSetWire RuleSet = new(12, [Rule]);

    /// <summary>The values, by the names that the recorded bytes have. An enumeration has one for each of its values.</summary>
    public static IReadOnlyDictionary<string, object> All { get; } = Values()
        .Select(v => (Name: v is Enum ? $"{v.GetType().Name}.{v}" : v.GetType().Name, Value: v))
        .Append(("RuleWire.queue", QueueRule))
        .ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);

    private static IEnumerable<object> Values() =>
    [
        Limit.Bandwidths[0], Grant, Reply, Rule.Match[0], Limit, Rule.Previous!, new ReturnReply(true, Reply), new RuleEditReply(true, RuleSet),
        RuleSet, Rule, new WaitReply(WaitStatus.InLine, Reply),
        new BucketRecord { Limit = Limit, State = [1, 2, 255] }, new RulesRecord { Rules = RuleSet },
        new MovedBucket { Limit = Limit, State = [3, 0, 254], IsPersisted = true, Etag = "7", HasRecord = true, CarriedFrom = 638_999_999_999_999_999 },
        new LossReport(TimeSpan.FromSeconds(90), [SiloAddress.New(IPAddress.Parse("192.0.2.1"), 11111, 12345)]),
        Work, Item, Ended, new DeliveryWire("https://host/hook", 50_000_000, 7, 20_000_000),
        new WorkReply { Outcome = WorkOutcome.Full, EnqueuedAtTicks = 639_000_000_000_000_001, DueAtTicks = 639_000_000_000_000_007, RetryAfterTicks = 9, Reason = "full", RulesVersion = 12 },
        new QueueReply
        {
            Outcome = WorkOutcome.Done, Length = 3, Bytes = 400, HeadAgeTicks = 5, HeadId = "job-1", HeadAttempts = 2, HeadError = "busy",
            IsDelivering = true, NextTurnTicks = 77, Failed = 1, FailedItems = [Item], Reason = "none", RulesVersion = 12,
        },
        new WorkRecord { Items = [Item], Turns = [639_000_000_000_000_007], Failed = [Item], Ended = [Ended], Stamp = Stamp },
        new WorkIndexRecord { Queues = ["mail/42", "mail/"], Stamp = Stamp },
        .. Enum.GetValues<WorkOutcome>().Cast<object>(),
        .. Enum.GetValues<BucketStatus>().Cast<object>(), .. Enum.GetValues<WaitStatus>().Cast<object>(),
    ];
}
