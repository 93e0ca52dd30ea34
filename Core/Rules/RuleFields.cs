using System.Globalization;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Rules;

/// <summary>A rule as named texts, as the rule file names and writes them, in file order.</summary>
internal static class RuleFields
{
    public static List<(string Name, string Text)> Of(Rule rule)
    {
        var fields = new List<(string Name, string Text)>();
        foreach (var condition in rule.Match)
        {
            fields.Add(($"match.{condition.Attribute}", List(condition.Patterns)));
        }

        // Conditions must all hold, so their order matters to no request; but it is in the file, and equality sees it.
        if (rule.Match.Count > 1)
        {
            fields.Add(("match (order)", string.Join(", ", rule.Match.Select(condition => condition.Attribute))));
        }

        fields.Add(("key", List(rule.Key.ToTexts())));
        fields.Add(("limit.algorithm", rule.Limit.Algorithm));
        AddLimit(fields, rule.Limit);
        AddDelivery(fields, rule.Deliver);
        fields.Add(("cost", rule.Cost.Attribute ?? Number(rule.Cost.Permits)));
        fields.Add(("mode", Word(rule.Mode)));
        fields.Add(("on-error", Word(rule.OnError)));
        fields.Add(("on-change", Word(rule.OnChange)));
        fields.Add(("durability", Word(rule.Durability)));
        fields.Add(("replicate", rule.Replicate ? "true" : "false"));
        return fields;
    }

    private static void AddLimit(List<(string Name, string Text)> fields, LimiterSpec spec)
    {
        (string Name, string Text)[] numbers = spec switch
        {
            TokenBucketSpec s => Bandwidths(s),
            GcraSpec s => [("rate", s.Rate.ToString()), ("burst", Number(s.Burst))],
            LeakyBucketSpec s => [("capacity", Number(s.Capacity)), ("leak", s.Leak.ToString()), .. Adaptive(s.Adaptive)],
            FixedWindowSpec s => Window(s),
            SlidingLogSpec s => [("limit", Number(s.Limit)), ("window", Durations.Format(s.WindowTicks))],
            SlidingWindowSpec s => [("limit", Number(s.Limit)), ("window", Durations.Format(s.WindowTicks))],
            SpacingSpec s => Spacing(s),
            ConcurrencySpec s => [("limit", Number(s.Limit)), ("lease", Durations.Format(s.LeaseTicks))],
            QueueSpec s => Queue(s),
            _ => throw new ArgumentException($"'{spec.Algorithm}' is no known algorithm.", nameof(spec)),
        };
        fields.AddRange(numbers.Select(number => ($"limit.{number.Name}", number.Text)));
    }

    private static void AddDelivery(List<(string Name, string Text)> fields, Delivery? deliver)
    {
        if (deliver is null)
        {
            return;
        }

        if (deliver.Url is { } url)
        {
            fields.Add(("deliver.url", url));
        }

        fields.Add(("deliver.timeout", Durations.Format(deliver.TimeoutTicks)));
        fields.Add(("deliver.attempts", Number(deliver.Attempts)));
        fields.Add(("deliver.backoff", Durations.Format(deliver.BackoffTicks)));
    }

    private static (string Name, string Text)[] Queue(QueueSpec spec) =>
        spec.MaxAgeTicks is { } maxAge
            ? [("capacity", Number(spec.Capacity)), ("drain", spec.Drain.ToString()), ("max-age", Durations.Format(maxAge))]
            : [("capacity", Number(spec.Capacity)), ("drain", spec.Drain.ToString())];

    private static (string Name, string Text)[] Bandwidths(TokenBucketSpec spec)
    {
        if (spec.Bandwidths.Count == 1)
        {
            (string Name, string Text)[] debt = spec.Debt == 0 ? [] : [("debt", Number(spec.Debt))];
            return [("capacity", Number(spec.Bandwidths[0].Capacity)), ("refill", spec.Bandwidths[0].Refill.ToString()), .. debt];
        }

        return [.. spec.Bandwidths.SelectMany((bandwidth, i) => new[]
        {
            ($"bandwidths[{i}].capacity", Number(bandwidth.Capacity)),
            ($"bandwidths[{i}].refill", bandwidth.Refill.ToString()),
        })];
    }

    private static (string Name, string Text)[] Window(FixedWindowSpec spec) =>
        spec.Calendar is { } unit
            ? [("limit", Number(spec.Limit)), ("calendar", Word(unit)), ("time-zone", spec.TimeZone), ("week-start", Word(spec.WeekStart))]
            : [("limit", Number(spec.Limit)), ("window", Durations.Format(spec.WindowTicks)), ("anchor", spec.Anchor == WindowAnchor.FirstUse ? "first-use" : "epoch")];

    private static (string Name, string Text)[] Spacing(SpacingSpec spec) =>
        spec.GraceTicks is { } grace
            ? [("interval", Durations.Format(spec.IntervalTicks)), ("reservations", Number(spec.Reservations)), ("grace", Durations.Format(grace))]
            : [("interval", Durations.Format(spec.IntervalTicks)), ("reservations", Number(spec.Reservations))];

    private static IEnumerable<(string Name, string Text)> Adaptive(AdaptiveNumbers? numbers) => numbers is null ? [] :
    [
        ("adaptive.min-factor", numbers.MinFactor.ToString()),
        ("adaptive.max-factor", numbers.MaxFactor.ToString()),
        ("adaptive.mode", numbers.Mode == AdaptiveMode.PerCall ? "per-call" : "elapsed"),
        ("adaptive.every", Durations.Format(numbers.EveryTicks ?? numbers.DefaultEveryTicks)),
        ("adaptive.settable", Word(numbers.IsSettable)),
        .. numbers.Map.Select((row, i) => (
            $"adaptive.map[{i}]",
            $"from {Number(row.Capacity)}: {row.LowFactor} up to {row.Low}, {row.HighFactor} from {row.High}")),
    ];

    private static string Word(bool value) => value ? "true" : "false";

    private static string List(ValueList<string> items) => items.Count == 1 ? items[0] : items.ToString();

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
