using System.Diagnostics.Metrics;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>Requests that match no rule.</summary>
public sealed class UnmatchedTests
{
    private readonly VirtualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<string> _told = [];

    [Theory]
    [InlineData(UnmatchedRequests.Allow, true, 0)]
    [InlineData(UnmatchedRequests.Warn, true, 1)]
    [InlineData(UnmatchedRequests.Refuse, false, 1)]
    public async Task Ask_NothingMatches_GoesByTheOption(UnmatchedRequests unmatched, bool isAllowed, int told)
    {
        using var throttle = Start(unmatched);
        Attributes attributes = [("usr", "42"), ("path", "/x")];

        Decision[] decisions =
        [
            await throttle.AcquireAsync(attributes),
            await throttle.ReserveAsync(new ThrottleRequest(attributes) { MaxWait = TimeSpan.FromSeconds(5) }),
            await throttle.PeekAsync(new ThrottleRequest(attributes)),
            .. await throttle.ReserveEachAsync([new(attributes), new([("user", "1")]), new(attributes)]),
        ];

        Assert.Equal([isAllowed, isAllowed, isAllowed, isAllowed, true, isAllowed], decisions.Select(d => d.IsAllowed));
        Assert.All(decisions.Where(d => d.Rule is null), d => Assert.Equal((!isAllowed, TimeSpan.Zero), (d.NeverFits, d.RetryAfter)));
        Assert.Equal(told, _told.Count);
    }

    [Fact]
    public async Task Warn_TellsOnceAMinute_WithTheNearestRule()
    {
        using var throttle = Start(UnmatchedRequests.Warn);

        await throttle.AcquireAsync([("usr", "42"), ("path", "/api/x")]);
        await throttle.AcquireAsync([("usr", "43"), ("path", "/api/x")]);
        _time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        await throttle.AcquireAsync([("usr", "44")]);
        _time.Advance(TimeSpan.FromTicks(1));
        await throttle.AcquireAsync([("path", "/none\n"), ("user", "2")]);
        _time.Advance(TimeSpan.FromMinutes(1));
        await throttle.AcquireAsync([]);

        Assert.Equal(
            [
                "Requests that matched no rule since this was last said: 1, allowed. The last one has usr '42', path '/api/x'. Rule 'per-user' came nearest: attribute 'user' is missing, which makes the key (the request has 'usr').",
                "Requests that matched no rule since this was last said: 3, allowed. The last one has path '/none\uFFFD', user '2'. Rule 'other' came nearest: attribute 'tenant' is missing, which makes the key.",
                "Requests that matched no rule since this was last said: 1, allowed. The last one has no attributes. Rule 'other' came nearest: attribute 'tenant' is missing, which makes the key.",
            ],
            _told);
    }

    [Fact]
    public async Task Refuse_WithoutRules_SaysSo()
    {
        using var throttle = new LocalThrottle(new LocalRules([]), new() { Unmatched = UnmatchedRequests.Refuse, OnUnmatched = _told.Add });

        Assert.False((await throttle.AcquireAsync([("user", "1")])).IsAllowed);

        Assert.EndsWith("There are no rules.", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuse_RuleAskedByNameThatIsOff_IsAsIfItWereNotThere()
    {
        using var throttle = new LocalThrottle(
            new LocalRules([LimitBy.Gcra("off", "1/s", 1) with { Mode = RuleMode.Off }]), new() { Unmatched = UnmatchedRequests.Refuse });

        Assert.True((await throttle.AcquireAsync(new ThrottleRequest([]) { Rule = "off" })).IsAllowed);
        Assert.True((await throttle.PeekAsync(new ThrottleRequest([]) { Rule = "off" })).IsAllowed);
    }

    [Fact]
    public async Task Unmatched_WhateverTheOption_IsCounted()
    {
        using var throttle = Start(UnmatchedRequests.Allow);
        await throttle.AcquireAsync([("usr", "42")]);
        await throttle.AcquireAsync([("usr", "42")]);
        await throttle.AcquireAsync([("user", "42"), ("path", "/api/x")]);
        await throttle.PeekAsync(new ThrottleRequest([("usr", "42")]));

        var counted = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name is "throttle.requests.unmatched" && ReferenceEquals(instrument.Meter.Scope, throttle))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => counted += value);
        listener.Start();
        listener.RecordObservableInstruments();

        Assert.Equal(2, counted);
    }

    [Fact]
    public void Options_UnknownValue_IsRefused() =>
        Assert.Contains("use one of Allow, Warn, Refuse", Assert.Throws<ArgumentOutOfRangeException>(() => Start((UnmatchedRequests)7)).Message, StringComparison.Ordinal);

    private LocalThrottle Start(UnmatchedRequests unmatched) => new(
        new LocalRules(
        [
            LimitBy.TokenBucket("other", 5, "1/s", "tenant"),
            LimitBy.TokenBucket("per-user", 5, "1/s", "user") with { Match = [new Condition("path", "/api/**")] },
            LimitBy.TokenBucket("lone", 5, "1/s", "user") with { Match = [new Condition("user", "1")] },
        ]),
        new() { TimeProvider = _time, Unmatched = unmatched, OnUnmatched = _told.Add });
}
