using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces;

/// <summary>An algorithm and its numbers, as they go over the wire and into storage. What an algorithm does not use is left out.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.LimitWire")]
public sealed record LimitWire
{
    /// <summary>The algorithm, as rule files name it.</summary>
    [Id(0)]
    public required string Algorithm { get; init; }

    /// <summary>Capacities and rates of <c>token-bucket</c>; one of <c>gcra</c>, <c>leaky-bucket</c> and <c>queue</c>.</summary>
    [Id(1)]
    public BandwidthWire[] Bandwidths { get; init; } = [];

    /// <summary>The limit of windows and of <c>concurrency</c>.</summary>
    [Id(2)]
    public long Limit { get; init; }

    /// <summary>Window, interval or lease time, in ticks.</summary>
    [Id(3)]
    public long PeriodTicks { get; init; }

    /// <summary>The calendar unit of <c>fixed-window</c>, by name.</summary>
    [Id(4)]
    public string? Calendar { get; init; }

    /// <summary>The IANA time zone of calendar windows.</summary>
    [Id(5)]
    public string? TimeZone { get; init; }

    /// <summary>The first day of calendar weeks, by name.</summary>
    [Id(6)]
    public string? WeekStart { get; init; }

    /// <summary>The reservations of <c>spacing</c>.</summary>
    [Id(7)]
    public int Reservations { get; init; }

    /// <summary>The grace of <c>spacing</c>, in ticks.</summary>
    [Id(8)]
    public long? GraceTicks { get; init; }

    /// <summary>The debt of <c>token-bucket</c>.</summary>
    [Id(20)]
    public long Debt { get; init; }

    /// <summary>How the leak of <c>leaky-bucket</c> follows its level; null where it is steady.</summary>
    [Id(21)]
    public AdaptiveWire? Adaptive { get; init; }

    /// <summary>Where the windows of <c>fixed-window</c> start, by name; null for the default, the epoch.</summary>
    [Id(22)]
    public string? Anchor { get; init; }

    /// <summary>The longest wait of <c>queue</c>, in ticks.</summary>
    [Id(9)]
    public long? MaxAgeTicks { get; init; }

    /// <summary>The wire form of a rule's limit.</summary>
    public static LimitWire From(LimiterSpec limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        var wire = new LimitWire { Algorithm = limit.Algorithm };
        return limit switch
        {
            TokenBucketSpec s => wire with { Bandwidths = [.. s.Bandwidths.Select(b => BandwidthWire.From(b.Capacity, b.Refill))], Debt = s.Debt },
            GcraSpec s => wire with { Bandwidths = [BandwidthWire.From(s.Burst, s.Rate)] },
            LeakyBucketSpec s => wire with
            {
                Bandwidths = [BandwidthWire.From(s.Capacity, s.Leak)],
                Adaptive = s.Adaptive is { } numbers ? AdaptiveWire.From(numbers) : null,
            },
            FixedWindowSpec s => wire with
            {
                Limit = s.Limit,
                PeriodTicks = s.WindowTicks,
                Calendar = s.Calendar?.ToString(),
                TimeZone = s.TimeZone,
                WeekStart = s.WeekStart.ToString(),
                Anchor = s.Anchor == WindowAnchor.Epoch ? null : s.Anchor.ToString(),
            },
            SlidingWindowSpec s => wire with { Limit = s.Limit, PeriodTicks = s.WindowTicks },
            SlidingLogSpec s => wire with { Limit = s.Limit, PeriodTicks = s.WindowTicks },
            SpacingSpec s => wire with { PeriodTicks = s.IntervalTicks, Reservations = s.Reservations, GraceTicks = s.GraceTicks },
            ConcurrencySpec s => wire with { Limit = s.Limit, PeriodTicks = s.LeaseTicks },
            QueueSpec s => wire with { Bandwidths = [BandwidthWire.From(s.Capacity, s.Drain)], MaxAgeTicks = s.MaxAgeTicks },
            _ => throw new ArgumentException($"There is no wire form of {limit}.", nameof(limit)),
        };
    }

    /// <summary>The limit as rules know it.</summary>
    /// <exception cref="FormatException">The algorithm is not known to this version.</exception>
    public LimiterSpec ToSpec() => Algorithm switch
    {
        "token-bucket" => new TokenBucketSpec([.. Bandwidths.Select(b => b.ToBandwidth())]) { Debt = Debt },
        "gcra" => new GcraSpec(Only().Refill, Only().Capacity),
        "leaky-bucket" => new LeakyBucketSpec(Only().Capacity, Only().Refill, Adaptive?.ToNumbers()),
        "queue" => new QueueSpec(Only().Capacity, Only().Refill, MaxAgeTicks),
        "fixed-window" => new FixedWindowSpec(
            Limit,
            PeriodTicks,
            Calendar is null ? null : Enum.Parse<CalendarUnit>(Calendar),
            TimeZone ?? "UTC",
            WeekStart is null ? DayOfWeek.Monday : Enum.Parse<DayOfWeek>(WeekStart))
        {
            Anchor = Anchor is null ? WindowAnchor.Epoch : Enum.Parse<WindowAnchor>(Anchor),
        },
        "sliding-window" => new SlidingWindowSpec(Limit, PeriodTicks),
        "sliding-log" => new SlidingLogSpec(Limit, PeriodTicks),
        "spacing" => new SpacingSpec(PeriodTicks, Reservations, GraceTicks),
        "concurrency" => new ConcurrencySpec(Limit, PeriodTicks),
        _ => throw new FormatException($"The algorithm '{Algorithm}' is not known to this version of Throttle."),
    };

    private Bandwidth Only() => Bandwidths.Length == 1
        ? Bandwidths[0].ToBandwidth()
        : throw new FormatException($"A limit of the algorithm '{Algorithm}' has {Bandwidths.Length} rates; it has one.");
}
