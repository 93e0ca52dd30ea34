using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Queues;

namespace Throttle.Api.Webhooks;

/// <summary>Webhooks of a host that has an <see cref="IThrottle"/> among its services.</summary>
public static class WebhookServices
{
    /// <summary>Adds the processor, and what it counts to the throttle's meter.</summary>
    public static IServiceCollection AddThrottleWebhooks(this IServiceCollection services, WebhookProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(processor);
        return services.AddSingleton(processor).AddSingleton<IWorkProcessor>(processor).AddSingleton<WebhookMeter>();
    }

    /// <summary>Deliveries under way, and those that wait for a place.</summary>
    internal sealed class WebhookMeter : IDisposable
    {
        private readonly Meter _meter;

        public WebhookMeter(IThrottle scope, WebhookProcessor processor)
        {
            _meter = new(new MeterOptions(ThrottleInstruments.MeterName) { Scope = scope });
            _meter.CreateObservableUpDownCounter(
                "throttle.webhook.active", () => processor.Active, "{delivery}", "Deliveries to webhooks under way; each holds a connection.");
            _meter.CreateObservableUpDownCounter(
                "throttle.webhook.waiting", () => processor.Waiting, "{delivery}", "Deliveries to webhooks whose turn has come and that wait because too many are under way.");
        }

        public void Dispose() => _meter.Dispose();
    }
}
