using System.Diagnostics.Metrics;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>The count of permits that came back.</summary>
public sealed class ReturnedTests
{
    [Fact]
    public async Task Return_HoweverItIsDone_IsCountedWhereItWasOfUse()
    {
        var time = new VirtualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var throttle = new LocalThrottle(
            new LocalRules(
            [
                LimitBy.TokenBucket("per-user", 10, "1/h", "user"),
                LimitBy.FixedWindow("window", 10, "1m", "window"),
                LimitBy.Concurrency("places", 3, "1m", "place"),
            ]),
            new() { TimeProvider = time });
        var taken = await throttle.AcquireAsync([("user", "1")], cost: 3);
        var old = await throttle.AcquireAsync([("window", "1")], cost: 2);
        var held = await throttle.AcquireAsync([("place", "1")]);
        Assert.Equal(0, CountOf(throttle));

        await throttle.ReturnAsync(taken);
        await throttle.AcquireAsync([("user", "1")], cost: 2);
        await throttle.ReturnAsync(new ThrottleRequest([("user", "1")], 2));
        Assert.Equal(5, CountOf(throttle));

        // A window that has ended, a lease that has, and a request that no rule matches give nothing back.
        time.Advance(TimeSpan.FromMinutes(1));
        await throttle.ReturnAsync(old);
        await throttle.EndLeaseAsync(held.Lease!);
        await throttle.ReturnAsync(new ThrottleRequest([("nobody", "1")], 2));
        Assert.Equal(5, CountOf(throttle));
    }

    private static long CountOf(LocalThrottle throttle)
    {
        var count = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, throttle) && instrument.Name is "throttle.permits.returned")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => count += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return count;
    }
}
