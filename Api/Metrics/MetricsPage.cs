using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Core;
using Throttle.Core.Engine;

namespace Throttle.Api.Metrics;

/// <summary>
/// <c>GET /metrics</c>: what the engine, the HTTP server and the runtime count, for Prometheus. Labels are rules, outcomes,
/// routes, methods and statuses, never keys: their number grows with the rules, not with the clients.
/// </summary>
internal sealed class MetricsPage : IDisposable
{
    /// <summary>The most rules told apart in one metric; what is beyond counts under <c>otel_metric_overflow</c>.</summary>
    private const int MaxRules = 10_000;

    private const int Outcomes = 4;
    private const int WorkOutcomes = 7;
    private const string Decisions = "throttle.decisions";
    private const string Work = "throttle.work";
    private const string ConnectionDuration = "kestrel.connection.duration";

    private static readonly string[] Meters =
    [
        ThrottleInstruments.MeterName,
        RedisMeter.Name,
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
    ];

    private readonly Lock _gate = new();
    private readonly PrometheusExporter _exporter = new();
    private readonly MeterProvider _provider;
    private readonly IMeterFactory _meters;
    private readonly IThrottle _throttle;

    public MetricsPage(IMeterFactory meters, IThrottle throttle, ThrottleApiOptions options)
    {
        (_meters, _throttle) = (meters, throttle);
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter([.. Meters, .. options.MoreMeters])
            .AddView(Configure)
            .AddReader(new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative })
            .Build();
    }

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        await context.Response.WriteAsync(Collect(), Encoding.UTF8, context.RequestAborted).ConfigureAwait(false);
    }

    public void Dispose() => _provider.Dispose();

    internal string Collect()
    {
        lock (_gate)
        {
            var isCollected = _exporter.Collect?.Invoke(Timeout.Infinite) == true;
            return isCollected ? _exporter.Text : throw new InvalidOperationException("The metrics could not be collected.");
        }
    }

    /// <summary>Leaves out what another host or throttle in this process counts and what nobody asks for, and gives the engine room for a series per rule.</summary>
    private MetricStreamConfiguration? Configure(Instrument instrument)
    {
        var isForeign = instrument.Meter.Scope switch
        {
            IMeterFactory meters => !ReferenceEquals(meters, _meters),
            IThrottle throttle => !ReferenceEquals(throttle, _throttle),
            _ => false,
        };
        if (isForeign || string.Equals(instrument.Name, ConnectionDuration, StringComparison.Ordinal))
        {
            return MetricStreamConfiguration.Drop;
        }

        if (!string.Equals(instrument.Meter.Name, ThrottleInstruments.MeterName, StringComparison.Ordinal))
        {
            return null;
        }

        var outcomes = instrument.Name switch { Decisions => Outcomes, Work => WorkOutcomes, _ => 1 };
        return new MetricStreamConfiguration { CardinalityLimit = MaxRules * outcomes };
    }
}
