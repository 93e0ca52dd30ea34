using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Throttle.Api.Metrics;

/// <summary>
/// Metrics in the Prometheus text format 0.0.4: a family for each name, with its help, type and samples together. Samples of
/// the same labels, as of two engines in one process, are added up: a scraper refuses them twice.
/// </summary>
internal sealed class PrometheusText
{
    private const string Count = "_count";

    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    // The runtime counts these up and down, but declares them as counters that only grow.
    private static readonly string[] MistakenCounters = ["dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length"];

    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Adds a metric. Of two kinds under one name the first counts: a family has one type.</summary>
    public void Add(Metric metric)
    {
        if (TypeOf(metric) is not { } type)
        {
            return;
        }

        var name = NameOf(metric, type);
        if (!_families.TryGetValue(name, out var family))
        {
            family = new Family(type, metric.Description);
            _families.Add(name, family);
        }
        else if (!string.Equals(family.Type, type, StringComparison.Ordinal))
        {
            return;
        }

        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            AddPoint(family, name, metric.MetricType, point);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, family) in _families)
        {
            if (family.Help.Length > 0)
            {
                text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(family.Help)).Append('\n');
            }

            text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
            foreach (var (sample, value) in family.Samples)
            {
                text.Append(sample).Append(" ").Append(value.ToString()).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// The name with underscores, its unit and, for counters, <c>_total</c>. A gauge may not end in <c>_count</c>, which belongs to
    /// histograms: it ends in <c>_current</c>.
    /// </summary>
    internal static string NameOf(string name, string? unit, string type)
    {
        var text = new StringBuilder(name.Length + 16);
        foreach (var c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_');
        }

        if (char.IsAsciiDigit(text[0]))
        {
            text.Insert(0, '_');
        }

        var suffix = unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        if (!text.ToString().EndsWith(suffix, StringComparison.Ordinal))
        {
            text.Append(suffix);
        }

        var full = text.ToString();
        return type is "counter" ? full + "_total"
            : type is "gauge" && full.EndsWith(Count, StringComparison.Ordinal) ? full[..^Count.Length] + "_current"
            : full;
    }

    internal static void AppendLabel(StringBuilder labels, string name, string value)
    {
        labels.Append(labels.Length == 0 ? '{' : ',');
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            labels.Append(char.IsAsciiLetter(c) || c == '_' || (i > 0 && char.IsAsciiDigit(c)) ? c : '_');
        }

        labels.Append("=\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => labels.Append("\\\\"),
                '"' => labels.Append("\\\""),
                '\n' => labels.Append("\\n"),
                _ => labels.Append(c),
            };
        }

        labels.Append('"');
    }

    private static string NameOf(Metric metric, string type) => NameOf(metric.Name, metric.Unit, type);

    private static string? TypeOf(Metric metric) => metric.MetricType switch
    {
        _ when MistakenCounters.Contains(metric.Name, StringComparer.Ordinal) => "gauge",
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongGauge or MetricType.DoubleGauge => "gauge",
        MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        MetricType.Histogram => "histogram",
        _ => null,
    };

    private static void AddPoint(Family family, string name, MetricType type, in MetricPoint point)
    {
        var labels = Labels(point.Tags);
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                family.Add(name, labels, new Number(point.GetSumLong()));
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                family.Add(name, labels, new Number(point.GetSumDouble()));
                break;
            case MetricType.LongGauge:
                family.Add(name, labels, new Number(point.GetGaugeLastValueLong()));
                break;
            case MetricType.DoubleGauge:
                family.Add(name, labels, new Number(point.GetGaugeLastValueDouble()));
                break;
            default:
                AddHistogram(family, name, labels, point);
                break;
        }
    }

    private static void AddHistogram(Family family, string name, string labels, in MetricPoint point)
    {
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            var bound = new Number(bucket.ExplicitBound).ToString();
            family.Add(name + "_bucket", $"{labels}{(labels.Length == 0 ? '{' : ',')}le=\"{bound}\"", new Number(count));
        }

        family.Add(name + "_sum", labels, new Number(point.GetHistogramSum()));
        family.Add(name + "_count", labels, new Number(point.GetHistogramCount()));
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder();
        foreach (var tag in tags)
        {
            AppendLabel(labels, tag.Key, Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
        }

        return labels.ToString();
    }

    private static string EscapeHelp(string help) =>
        help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed record Family(string Type, string Help)
    {
        public OrderedDictionary<string, Number> Samples { get; } = new(StringComparer.Ordinal);

        public void Add(string name, string labels, Number value)
        {
            var key = labels.Length == 0 ? name : $"{name}{labels}}}";
            Samples[key] = Samples.TryGetValue(key, out var other) ? other + value : value;
        }
    }

    /// <summary>A count without loss, or a measure.</summary>
    private readonly record struct Number(long Whole, double Fraction)
    {
        public Number(long whole)
            : this(whole, 0)
        {
        }

        public Number(double fraction)
            : this(0, fraction)
        {
        }

        public static Number operator +(Number a, Number b) => new(unchecked(a.Whole + b.Whole), a.Fraction + b.Fraction);

        public override string ToString() => Fraction switch
        {
            0 => Whole.ToString(CultureInfo.InvariantCulture),
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            _ => (Whole + Fraction).ToString("R", CultureInfo.InvariantCulture),
        };
    }
}
