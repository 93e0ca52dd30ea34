using System.Diagnostics.Metrics;
using System.Globalization;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Engine;

/// <summary>What the in-process engine adds to the contract: bounded memory, its timers, its counting, its short way.</summary>
public sealed class LocalThrottleTests
{
    [Fact]
    public async Task Buckets_EqualToNew_AreForgotten()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 1, "1/s", "user")]);
        await TakeAsync(engine, 1000);
        Assert.Equal(1000, engine.Local.BucketCount);

        await engine.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(0, engine.Local.BucketCount);
    }

    [Fact]
    public async Task Fractions_CountedInTenths_AreExact()
    {
        // 2.5 permits that refill at 0.5 a second: 0.5 are left after two, and the other half takes a second.
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 25, "5/s", "user") with { Cost = new Cost(10) }]);
        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);

        Assert.Equal(TimeSpan.FromSeconds(1), (await engine.Throttle.AcquireAsync([("user", "1")])).RetryAfter);
    }

    [Fact]
    public async Task Buckets_WithDebts_AreKeptHoweverLongIdle()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 2, "1/300d", "user")]);
        await engine.Throttle.AcquireAsync([("user", "1")], 2);
        for (var day = 0; day < 299; day++)
        {
            await engine.AdvanceAsync(TimeSpan.FromDays(1));
        }

        Assert.False((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        await engine.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task Buckets_ChurningKeys_StayBoundedByLiveDebts()
    {
        // Each bucket is as new after 1 ms, and each request comes 1 ms after the one before, so hardly any is a debt.
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 1, "1000/s", "user")]);
        long most = 0;
        for (var i = 0; i < 20_000; i++)
        {
            await TakeAsync(engine, 1, from: i);
            await engine.AdvanceAsync(TimeSpan.FromMilliseconds(1));
            most = Math.Max(most, engine.Local.BucketCount);
        }

        Assert.InRange(most, 1, 100);
    }

    [Fact]
    public async Task Clock_JumpsAThousandYears_IsNoWork()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 1, "1/400d", "user")]);
        await TakeAsync(engine, 10);

        await engine.AdvanceAsync(TimeSpan.FromDays(365_000));

        Assert.Equal(0, engine.Local.BucketCount);
        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Theory]
    [InlineData(OnError.Allow, true)]
    [InlineData(OnError.Deny, false)]
    public async Task MaxBuckets_AllHoldDebts_NewKeyAnswersByOnError(OnError onError, bool isAllowed)
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 1, "1/h", "user") with { OnError = onError }], maxBuckets: 3);
        await TakeAsync(engine, 3);

        var decision = await engine.Throttle.AcquireAsync([("user", "new")]);

        Assert.Equal(isAllowed, decision.IsAllowed);
        Assert.Equal(Failure.Of(FailureReason.NoRoom), decision.Error);
        Assert.Equal(isAllowed ? TimeSpan.Zero : TimeSpan.FromSeconds(1), decision.RetryAfter);
        Assert.False((await engine.Throttle.AcquireAsync([("user", "user-0")])).IsAllowed);
        Assert.Equal(3, engine.Local.BucketCount);
    }

    [Fact]
    public async Task MaxBuckets_SomeAreAsNew_TheyMakeRoom()
    {
        await using var engine = new LocalHarness(
            [LimitBy.TokenBucket("a", 1, "1/s", "user"), LimitBy.TokenBucket("b", 1, "1/s", "other")], maxBuckets: 3);
        await TakeAsync(engine, 3);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(1));

        // Two of three: the share of a rule beside another one.
        for (var i = 0; i < 2; i++)
        {
            var decision = await engine.Throttle.AcquireAsync([("other", i.ToString(CultureInfo.InvariantCulture))]);
            Assert.Null(decision.Error);
        }
    }

    [Fact]
    public async Task MaxBuckets_SecondRuleHasNoRoom_TheFirstGetsItsPermitsBack()
    {
        await using var engine = new LocalHarness(
            [
                LimitBy.TokenBucket("a", 5, "1/h", "user"),
                LimitBy.TokenBucket("b", 5, "1/h", "path") with { OnError = OnError.Deny },
            ],
            maxBuckets: 1);
        await engine.Throttle.AcquireAsync([("user", "1")]);

        var refused = await engine.Throttle.AcquireAsync([("user", "1"), ("path", "/")]);

        Assert.False(refused.IsAllowed);
        Assert.Equal("b", refused.Rule!.Id);
        Assert.Equal(4, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Waiters_Done_LeaveNoTimerBehind()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 1, "1/s", "user"), LimitBy.Concurrency("c", 1, "1m", "job")]);
        using var cancel = new CancellationTokenSource();
        await engine.Throttle.AcquireAsync([("user", "1")]);
        await engine.Throttle.AcquireAsync([("job", "1")]);
        var idle = engine.TimerCount;
        var served = engine.Throttle.AcquireAsync([("user", "1")], maxWait: TimeSpan.FromSeconds(9)).AsTask();
        var cancelled = engine.Throttle.AcquireAsync([("user", "1")], 1, TimeSpan.FromSeconds(9), cancel.Token).AsTask();
        var inLine = engine.Throttle.AcquireAsync([("job", "1")], 1, TimeSpan.FromSeconds(50), cancel.Token).AsTask();
        Assert.Equal(3, engine.Local.WaiterCount);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => inLine);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        await served.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, engine.Local.WaiterCount);
        Assert.Equal(idle, engine.TimerCount);
    }

    [Fact]
    public async Task Dispose_WhoAsksAfterwards_IsTold()
    {
        var engine = new LocalHarness([LimitBy.Concurrency("c", 1, "1m")]);
        await engine.Throttle.AcquireAsync([]);
        var inLine = engine.Throttle.AcquireAsync([], maxWait: TimeSpan.FromSeconds(50)).AsTask();

        await engine.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => inLine.WaitAsync(TimeSpan.FromSeconds(30)));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await engine.Throttle.AcquireAsync([]));
    }

    [Fact]
    public async Task For_RuleAndKey_SharesTheBucketAndFollowsChanges()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 3, "1/h", "user")]);
        var rule = engine.Local.For("a");

        Assert.Equal(2, rule.Acquire("1").Remaining);
        Assert.Equal(1, (await engine.Throttle.AcquireAsync([("user", "1")])).Remaining);
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("b", 1, "1/h"), LimitBy.TokenBucket("a", 2, "1/h", "user")]);
        Assert.True(rule.Acquire("1").IsAllowed);
        Assert.False(rule.Acquire("1").IsAllowed);
        await engine.Rules.ReplaceAsync([]);
        Assert.Contains("'a' is gone", Assert.Throws<InvalidOperationException>(() => rule.Acquire("1")).Message, StringComparison.Ordinal);
        Assert.Contains("no rule 'x'", Assert.Throws<UnknownRuleException>(() => engine.Local.For("x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_NoRoomForAnotherBucket_SaysSo()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 3, "1/h", "user")], maxBuckets: 1);
        var rule = engine.Local.For("a");
        rule.Acquire("1");

        Assert.Contains("no room", Assert.Throws<InvalidOperationException>(() => rule.Acquire("2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instruments_CountDecisionsByRuleAndOutcome()
    {
        var id = $"rule-{Guid.NewGuid():N}";
        using var counted = new Counted(id);
        await using var engine = new LocalHarness(
        [
            LimitBy.TokenBucket(id, 2, "1/h", "user"),
            LimitBy.TokenBucket($"{id}-shadow", 1, "1/h", "user") with { Mode = RuleMode.Shadow },
        ]);

        for (var i = 0; i < 3; i++)
        {
            await engine.Throttle.AcquireAsync([("user", "1")]);
        }

        await engine.Throttle.PeekAsync(new([("user", "2")]));
        Assert.Equal(2, counted[$"{id} allowed"]);
        Assert.Equal(1, counted[$"{id} refused"]);
        Assert.Equal(2, counted[$"{id} permits"]);

        // The third request took nothing anywhere: the shadow rule only says what it would have said.
        Assert.Equal(1, counted[$"{id}-shadow allowed"]);
        Assert.Equal(2, counted[$"{id}-shadow shadow_refused"]);
        Assert.Equal(1, counted[$"{id}-shadow permits"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void MaxBuckets_BelowOne_IsRefused(long maxBuckets) =>
        Assert.Contains(
            $"MaxBuckets is {maxBuckets}",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => new LocalThrottle(new LocalRules([]), new LocalThrottleOptions { MaxBuckets = maxBuckets })).Message,
            StringComparison.Ordinal);

    private static async Task TakeAsync(LocalHarness engine, int keys, int from = 0)
    {
        for (var i = from; i < from + keys; i++)
        {
            await engine.Throttle.AcquireAsync([("user", string.Create(CultureInfo.InvariantCulture, $"user-{i}"))]);
        }
    }

    private sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, long> _sums = new(StringComparer.Ordinal);

        public Counted(string idPrefix)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (string.Equals(instrument.Meter.Name, ThrottleInstruments.MeterName, StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                var rule = tags.Length > 0 ? (string)tags[0].Value! : "";
                if (rule.StartsWith(idPrefix, StringComparison.Ordinal))
                {
                    var outcome = tags.Length > 1 ? tags[1].Value : instrument.Name["throttle.".Length..];
                    lock (_sums)
                    {
                        _sums[$"{rule} {outcome}"] = value;
                    }
                }
            });
            _listener.Start();
        }

        public long this[string ruleAndOutcome]
        {
            get
            {
                _listener.RecordObservableInstruments();
                return _sums.GetValueOrDefault(ruleAndOutcome);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
