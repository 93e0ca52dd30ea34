using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Throttle.Api.Metrics;

/// <summary>Keeps the last collection as text. Only one collection runs at a time.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    /// <summary>Runs a collection; the reader sets it.</summary>
    public Func<int, bool>? Collect { get; set; }

    public string Text { get; private set; } = "";

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new PrometheusText();
        foreach (var metric in batch)
        {
            text.Add(metric);
        }

        Text = text.ToString();
        return ExportResult.Success;
    }
}
