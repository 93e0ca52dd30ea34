using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>Reads a rule's <c>limit</c>.</summary>
internal sealed class LimitReader(FieldReader fields, RuleFileFaults faults)
{
    private const string Permits = "a whole number from 1";
    private const string Period = "a duration such as 10s";
    private const string PerPeriod = "permits per period, such as 10/s";

    private static readonly string[] Algorithms =
    [
        "token-bucket", "gcra", "leaky-bucket", "fixed-window", "sliding-log", "sliding-window", "spacing", "concurrency", "queue",
    ];

    /// <summary>The limit, or null where the algorithm is not known; then its numbers cannot be checked either.</summary>
    public LimiterSpec? Read()
    {
        var algorithm = fields.Text("algorithm", fields.Need("algorithm", $"use one of {string.Join(", ", Algorithms)}"));
        LimiterSpec? spec = algorithm switch
        {
            "token-bucket" => ReadTokenBucket(),
            "gcra" => new GcraSpec(fields.Rate("rate", PerPeriod), fields.Number("burst", Permits)),
            "leaky-bucket" => ReadLeakyBucket(),
            "fixed-window" => ReadFixedWindow(),
            "sliding-log" => new SlidingLogSpec(fields.Number("limit", Permits), fields.Duration("window", Period)),
            "sliding-window" => new SlidingWindowSpec(fields.Number("limit", Permits), fields.Duration("window", Period)),
            "spacing" => ReadSpacing(),
            "concurrency" => new ConcurrencySpec(fields.Number("limit", Permits), fields.Duration("lease", Period)),
            "queue" => new QueueSpec(
                fields.Number("capacity", Permits), fields.Rate("drain", PerPeriod), fields.OptionalDuration("max-age", fields.Find("max-age"))),
            _ => null,
        };
        if (spec is not null)
        {
            fields.RefuseOthers();
        }
        else if (algorithm is not null)
        {
            fields.Fault(
                "algorithm",
                $"'algorithm' is '{Shown.Of(algorithm)}'; use {string.Join(", ", Algorithms)}.{Nearest.Hint(algorithm, Algorithms)}");
        }

        return spec;
    }

    private TokenBucketSpec ReadTokenBucket()
    {
        if (!fields.Has("bandwidths"))
        {
            var single = ReadBandwidth(fields);

            // Asked for only so that a misspelt field is told of it.
            fields.Find("bandwidths");
            return new TokenBucketSpec([single]) { Debt = fields.OptionalNumber("debt") ?? 0 };
        }

        if (fields.Has("capacity") || fields.Has("refill"))
        {
            fields.Fault("bandwidths", "There are both 'bandwidths' and 'capacity' or 'refill'; use one of the two forms.");
            fields.Find("capacity");
            fields.Find("refill");
        }

        if (fields.Find("bandwidths") is not { } node)
        {
            return new TokenBucketSpec(1, new Rate(1, TimeSpan.TicksPerSecond));
        }

        if (node is RuleList list)
        {
            PlaceSingle(list);
            return new TokenBucketSpec([.. list.Items.Select(ReadItem)]) { Debt = fields.OptionalNumber("debt") ?? 0 };
        }

        fields.Fault("bandwidths", $"'bandwidths' is {node.Kind}; use a list of mappings with capacity and refill.", node.Line);
        return new TokenBucketSpec(1, new Rate(1, TimeSpan.TicksPerSecond));
    }

    /// <summary>The validator speaks of a single bandwidth as it is written without a list; its lines are those of the item.</summary>
    private void PlaceSingle(RuleList list)
    {
        if (list.Items is [RuleMap map])
        {
            foreach (var (name, value) in map.Entries)
            {
                faults.Place(fields.PathOf(name.Text), value.Line);
            }
        }
    }

    private Bandwidth ReadItem(RuleNode item, int index)
    {
        var path = fields.PathOf($"bandwidths[{index}]");
        if (item is not RuleMap map)
        {
            faults.Add(path, item.Line, $"A bandwidth is a mapping with capacity and refill, not {item.Kind}.");
            return new Bandwidth(1, new Rate(1, TimeSpan.TicksPerSecond));
        }

        var reader = new FieldReader(map, path, faults);
        var bandwidth = ReadBandwidth(reader);
        reader.RefuseOthers();
        return bandwidth;
    }

    private static Bandwidth ReadBandwidth(FieldReader from) => new(from.Number("capacity", Permits), from.Rate("refill", PerPeriod));

    private LeakyBucketSpec ReadLeakyBucket()
    {
        var spec = new LeakyBucketSpec(fields.Number("capacity", Permits), fields.Rate("leak", PerPeriod));
        return fields.Find("adaptive") is { } node ? spec with { Adaptive = new AdaptiveReader(fields, faults).Read(node) } : spec;
    }

    private FixedWindowSpec ReadFixedWindow()
    {
        var limit = fields.Number("limit", Permits);
        var window = fields.OptionalDuration("window", fields.Find("window"));
        CalendarUnit? calendar = fields.Has("calendar") ? fields.Word("calendar", CalendarUnit.Day) : null;
        fields.Find("calendar");
        var zone = fields.Text("time-zone", fields.Find("time-zone")) ?? "UTC";
        var weekStart = fields.Word("week-start", DayOfWeek.Monday);
        if (window is null && calendar is null && !fields.Has("window"))
        {
            fields.Fault("window", "'window' is missing; use a duration such as 1m, or calendar: day.", fields.Line);
        }

        // With a calendar any window is one too many, also one of no length.
        var ticks = calendar is null ? window ?? TimeSpan.TicksPerSecond : window is { } given ? Math.Max(1, given) : 0;
        return new FixedWindowSpec(limit, ticks, calendar, zone, weekStart) { Anchor = ReadAnchor() };
    }

    private WindowAnchor ReadAnchor()
    {
        if (fields.Find("anchor") is not { } node || fields.Text("anchor", node) is not { } word)
        {
            return WindowAnchor.Epoch;
        }

        if (word is not ("epoch" or "first-use"))
        {
            fields.Fault("anchor", $"anchor is '{Shown.Of(word)}'; use epoch or first-use.", node.Line);
        }

        return word is "first-use" ? WindowAnchor.FirstUse : WindowAnchor.Epoch;
    }

    private SpacingSpec ReadSpacing()
    {
        var interval = fields.Duration("interval", Period, standIn: Limits.MaxPeriodTicks);
        var reservations = fields.Find("reservations") is { } node && fields.Text("reservations", node) is { } text
            ? fields.ParseNumber("reservations", text) ?? 0
            : 0;
        return new SpacingSpec(
            interval,
            (int)Math.Clamp(reservations, int.MinValue, int.MaxValue),
            fields.OptionalDuration("grace", fields.Find("grace")));
    }
}
