using System.Globalization;
using System.Text.Json.Nodes;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.RuleFiles;

/// <summary>Rules as JSON, with the names and the texts of the YAML form; <see cref="RuleFileReader"/> reads it back. Defaults are left out.</summary>
public static class RuleJson
{
    /// <summary>One rule.</summary>
    public static JsonObject ToJson(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var json = new JsonObject { ["id"] = rule.Id };
        if (rule.Match.Count > 0)
        {
            json["match"] = Match(rule.Match);
        }

        if (rule.Key.Count > 0)
        {
            json["key"] = List(rule.Key.ToTexts());
        }

        json["limit"] = Limit(rule.Limit);
        if (rule.Deliver is { } deliver)
        {
            json["deliver"] = Deliver(deliver);
        }

        if (rule.Cost.Attribute is { } attribute)
        {
            json["cost"] = attribute;
        }
        else if (rule.Cost != Cost.One)
        {
            json["cost"] = rule.Cost.Permits;
        }

        AddWord(json, "mode", rule.Mode, RuleMode.Enforce);
        AddWord(json, "on-error", rule.OnError, OnError.Allow);
        AddWord(json, "on-change", rule.OnChange, OnChange.Keep);
        AddWord(json, "durability", rule.Durability, Durability.Auto);
        if (rule.Replicate)
        {
            json["replicate"] = true;
        }

        return json;
    }

    /// <summary>A whole file: <c>version</c> (of the form, 1) and <c>rules</c>.</summary>
    public static JsonObject ToJson(IEnumerable<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new JsonObject { ["version"] = 1, ["rules"] = new JsonArray([.. rules.Select(ToJson)]) };
    }

    private static JsonObject Match(ValueList<Condition> match)
    {
        var json = new JsonObject();
        foreach (var condition in match)
        {
            json[condition.Attribute] = condition.Patterns.Count == 1 ? condition.Patterns[0] : List(condition.Patterns);
        }

        return json;
    }

    private static JsonArray List(ValueList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static JsonObject Limit(LimiterSpec spec)
    {
        var json = new JsonObject { ["algorithm"] = spec.Algorithm };
        switch (spec)
        {
            case TokenBucketSpec { Bandwidths.Count: 1 } s:
                AddDebt(AddBandwidth(json, s.Bandwidths[0]), s.Debt);
                break;
            case TokenBucketSpec s:
                json["bandwidths"] = new JsonArray([.. s.Bandwidths.Select(bandwidth => AddBandwidth([], bandwidth))]);
                break;
            case GcraSpec s:
                json["rate"] = s.Rate.ToString();
                json["burst"] = s.Burst;
                break;
            case LeakyBucketSpec s:
                AddLeakyBucket(json, s);
                break;
            case FixedWindowSpec s:
                AddFixedWindow(json, s);
                break;
            case SlidingLogSpec s:
                AddLimit(json, s.Limit, "window", s.WindowTicks);
                break;
            case SlidingWindowSpec s:
                AddLimit(json, s.Limit, "window", s.WindowTicks);
                break;
            case SpacingSpec s:
                AddSpacing(json, s);
                break;
            case ConcurrencySpec s:
                AddLimit(json, s.Limit, "lease", s.LeaseTicks);
                break;
            case QueueSpec s:
                AddQueue(json, s);
                break;
            default:
                throw new ArgumentException($"'{spec.Algorithm}' is no known algorithm.", nameof(spec));
        }

        return json;
    }

    private static JsonObject AddBandwidth(JsonObject json, Bandwidth bandwidth)
    {
        json["capacity"] = bandwidth.Capacity;
        json["refill"] = bandwidth.Refill.ToString();
        return json;
    }

    private static void AddDebt(JsonObject json, long debt)
    {
        if (debt != 0)
        {
            json["debt"] = debt;
        }
    }

    private static void AddLeakyBucket(JsonObject json, LeakyBucketSpec spec)
    {
        AddDrained(json, spec.Capacity, "leak", spec.Leak);
        AddAdaptive(json, spec.Adaptive);
    }

    private static void AddAdaptive(JsonObject json, AdaptiveNumbers? numbers)
    {
        if (numbers is null)
        {
            return;
        }

        var adaptive = new JsonObject
        {
            ["min-factor"] = numbers.MinFactor.Value,
            ["max-factor"] = numbers.MaxFactor.Value,
        };
        if (!numbers.HasMap(AdaptiveNumbers.DefaultMap))
        {
            adaptive["map"] = new JsonArray([.. numbers.Map.Select(Row)]);
        }

        if (numbers.Mode == AdaptiveMode.PerCall)
        {
            adaptive["mode"] = "per-call";
        }

        if (numbers.EveryTicks is { } every)
        {
            adaptive["every"] = Durations.Format(every);
        }

        if (numbers.IsSettable)
        {
            adaptive["settable"] = true;
        }

        json["adaptive"] = adaptive;
    }

    private static JsonObject Row(AdaptiveRow row) => new()
    {
        ["capacity"] = row.Capacity,
        ["low"] = row.Low.Value,
        ["low-factor"] = row.LowFactor.Value,
        ["high"] = row.High.Value,
        ["high-factor"] = row.HighFactor.Value,
    };

    private static void AddLimit(JsonObject json, long limit, string name, long ticks)
    {
        json["limit"] = limit;
        json[name] = Durations.Format(ticks);
    }

    private static void AddDrained(JsonObject json, long capacity, string name, Rate rate)
    {
        json["capacity"] = capacity;
        json[name] = rate.ToString();
    }

    private static void AddFixedWindow(JsonObject json, FixedWindowSpec spec)
    {
        if (spec.Calendar is not { } unit)
        {
            AddLimit(json, spec.Limit, "window", spec.WindowTicks);
            if (spec.Anchor == WindowAnchor.FirstUse)
            {
                json["anchor"] = "first-use";
            }

            return;
        }

        json["limit"] = spec.Limit;
        json["calendar"] = Word(unit);
        if (!string.Equals(spec.TimeZone, "UTC", StringComparison.Ordinal))
        {
            json["time-zone"] = spec.TimeZone;
        }

        AddWord(json, "week-start", spec.WeekStart, DayOfWeek.Monday);
    }

    private static void AddSpacing(JsonObject json, SpacingSpec spec)
    {
        json["interval"] = Durations.Format(spec.IntervalTicks);
        if (spec.Reservations != 0)
        {
            json["reservations"] = spec.Reservations;
        }

        if (spec.GraceTicks is { } grace)
        {
            json["grace"] = Durations.Format(grace);
        }
    }

    private static void AddQueue(JsonObject json, QueueSpec spec)
    {
        AddDrained(json, spec.Capacity, "drain", spec.Drain);
        if (spec.MaxAgeTicks is { } maxAge)
        {
            json["max-age"] = Durations.Format(maxAge);
        }
    }

    private static JsonObject Deliver(Delivery deliver)
    {
        var (json, usual) = (new JsonObject(), Delivery.Default);
        if (deliver.Url is { } url)
        {
            json["url"] = url;
        }

        if (deliver.TimeoutTicks != usual.TimeoutTicks)
        {
            json["timeout"] = Durations.Format(deliver.TimeoutTicks);
        }

        if (deliver.Attempts != usual.Attempts)
        {
            json["attempts"] = deliver.Attempts;
        }

        if (deliver.BackoffTicks != usual.BackoffTicks)
        {
            json["backoff"] = Durations.Format(deliver.BackoffTicks);
        }

        return json;
    }

    private static void AddWord<T>(JsonObject json, string name, T value, T usual)
        where T : struct, Enum
    {
        if (!value.Equals(usual))
        {
            json[name] = Word(value);
        }
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);
}
