using System.Diagnostics.Metrics;
using System.Text;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Core.Usage;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Queues;

public sealed class LocalWorkQueuesTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualTimeProvider _time = new(Start);
    private readonly LocalRules _rules = new([LimitBy.Queue("mail", 3, "1/s", "user"), LimitBy.TokenBucket("calls", 5, "1/s")]);
    private readonly LocalThrottle _throttle;
    private readonly Collector _collector;
    private readonly LocalWorkQueues _queues;

    public LocalWorkQueuesTests()
    {
        _throttle = new(_rules, new LocalThrottleOptions { TimeProvider = _time });
        _collector = new(_time);
        _queues = new(_throttle, _collector);
    }

    public void Dispose()
    {
        _queues.Dispose();
        _throttle.Dispose();
    }

    [Fact]
    public async Task Enqueue_FiveAtOnceOnThree_DeliversThreeAtZeroOneAndTwo()
    {
        var answers = new List<WorkAnswerStatus>();
        for (var i = 1; i <= 5; i++)
        {
            answers.Add((await EnqueueAsync("42", $"{i}")).Status);
        }

        await GotAsync(1);
        _time.Advance(10 * Second);

        Assert.Equal([WorkAnswerStatus.Queued, WorkAnswerStatus.Queued, WorkAnswerStatus.Queued, WorkAnswerStatus.Full, WorkAnswerStatus.Full], answers);
        Assert.Equal([("1", 0), ("2", 1), ("3", 2)], _collector.Got.Select(g => (g.Delivery.Work.Id, (g.At - Start).TotalSeconds)));
        var first = _collector.Got[0].Delivery;
        Assert.Equal(("mail", "42", 1, Start), (first.Rule.Id, first.Key, first.Attempt, first.EnqueuedAt));
        Assert.Equal("payload of 1", Encoding.UTF8.GetString(first.Work.Payload.Span));
    }

    [Fact]
    public async Task Enqueue_WithCallersThatWaitAndReserve_GoInOneLine()
    {
        await EnqueueAsync("42", "1");
        await GotAsync(1);
        var waiting = _throttle.AcquireAsync(new ThrottleRequest([("user", "42")], 1, TimeSpan.FromMinutes(1)));
        await EnqueueAsync("42", "2");
        var refused = await _throttle.ReserveAsync(new ThrottleRequest([("user", "42")], 1, TimeSpan.FromMinutes(1)));

        Assert.Equal(Second, refused.RetryAfter);
        _time.Advance(Second);
        Assert.Equal(Start + Second, (await waiting).At);
        Assert.Equal(["1"], _collector.Ids);
        _time.Advance(Second);
        Assert.Equal(["1", "2"], _collector.Ids);
    }

    [Fact]
    public async Task Retry_WithBackoff_KeepsItsPlace()
    {
        _collector.Answer = (delivery, _) => new(
            delivery.Work.Id == "1" && delivery.Attempt < 3 ? WorkResult.Retry("busy") : WorkResult.Done);
        await EnqueueAsync("42", "1");
        await EnqueueAsync("42", "2");
        await GotAsync(1);

        _time.Advance(30 * Second);

        Assert.Equal(["1", "1", "1", "2"], _collector.Ids);
        AssertKeepsRate([.. _collector.Got.Select(g => g.At)]);
        Assert.Equal([1, 2, 3, 1], _collector.Got.Select(g => g.Delivery.Attempt));
    }

    [Fact]
    public async Task Failure_Forever_EndsAfterTheAttemptsAndMayBePutBack()
    {
        await _rules.ReplaceAsync([LimitBy.Queue("mail", 3, "1/s", "user") with { Deliver = new() { Attempts = 2 } }]);
        _collector.Answer = (_, _) => throw new InvalidOperationException("no luck");
        await EnqueueAsync("42", "1");
        await GotAsync(1);
        _time.Advance(30 * Second);

        var failed = Assert.Single(await _queues.ListFailedAsync("mail", "42"));
        Assert.Equal(("1", 2, "InvalidOperationException: no luck"), (failed.Id, failed.Attempts, failed.LastError));

        _collector.Answer = (_, _) => new(WorkResult.Done);
        Assert.Equal(WorkEdit.Unknown, await _queues.PutBackAsync("mail", "42", "2"));
        Assert.Equal(WorkEdit.Done, await _queues.PutBackAsync("mail", "42", "1"));
        await GotAsync(3);
        await Eventually.IsTrueAsync(async () => (await _queues.InspectAsync("mail", "42")).Length == 0, "it is delivered");
        Assert.Empty(await _queues.ListFailedAsync("mail", "42"));
    }

    [Fact]
    public async Task Attempt_TakesTooLong_IsCancelledAndTriedAgain()
    {
        await _rules.ReplaceAsync([LimitBy.Queue("mail", 3, "1/s", "user") with { Deliver = new() { TimeoutTicks = 2 * Ticks.PerSecond } }]);
        _collector.Answer = async (delivery, token) =>
        {
            await Task.Delay(delivery.Attempt == 1 ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, _time, token);
            return WorkResult.Done;
        };
        await EnqueueAsync("42", "1");
        await Eventually.IsTrueAsync(() => _collector.Got.Count == 1, "the first attempt is under way");

        _time.Advance(2 * Second);
        await Eventually.IsTrueAsync(async () => (await _queues.InspectAsync("mail", "42")).HeadError is not null, "the attempt has failed");

        Assert.Equal("It took longer than 2s.", (await _queues.InspectAsync("mail", "42")).HeadError);
        _time.Advance(5 * Second);
        await GotAsync(2);
    }

    [Fact]
    public async Task Inspect_ShowsLengthHeadAndNextTurn()
    {
        Assert.Equal(default, await _queues.InspectAsync("mail", "42"));
        await EnqueueAsync("42", "1");
        await GotAsync(1);
        await EnqueueAsync("42", "2");
        await EnqueueAsync("42", "3");
        _time.Advance(Second / 4);

        var status = await _queues.InspectAsync("mail", "42");

        Assert.Equal((2, "2", Ticks.PerSecond / 4, 3 * Ticks.PerSecond / 4L), (status.Length, status.HeadId, status.HeadAgeTicks, status.NextTurnTicks));
        Assert.Equal(WorkEdit.Done, await _queues.CancelAsync("mail", "42", "2"));
        Assert.Equal(WorkEdit.Unknown, await _queues.CancelAsync("mail", "42", "2"));
        _time.Advance(3 * Second / 4);
        Assert.Equal(["1", "3"], _collector.Ids);
    }

    [Fact]
    public async Task Rules_NoneOrOffOrAnotherAlgorithm_AreNamed()
    {
        await AssertFaultAsync(WorkQueueFault.NoRule, "nobody", "There is no rule 'nobody'.");
        await AssertFaultAsync(WorkQueueFault.NoQueue, "calls", "Rule 'calls' is a token-bucket; only rules of the algorithm queue take work.");
        _collector.Takes = _ => false;
        await AssertFaultAsync(
            WorkQueueFault.NoProcessor,
            "mail",
            "Rule 'mail' has nobody to deliver work to; give it deliver: { url: … }, or register an IWorkProcessor.");
    }

    [Fact]
    public async Task Rules_OffAndOnAgain_PauseDeliveries()
    {
        await EnqueueAsync("42", "1");
        await GotAsync(1);
        await EnqueueAsync("42", "2");
        await _rules.ReplaceAsync([LimitBy.Queue("mail", 3, "1/s", "user") with { Mode = RuleMode.Off }]);

        _time.Advance(100 * Second);
        Assert.Equal(["1"], _collector.Ids);
        await AssertFaultAsync(WorkQueueFault.IsOff, "mail", "Rule 'mail' is off; its work is kept, and nothing is taken or delivered.");

        await _rules.ReplaceAsync([LimitBy.Queue("mail", 3, "1/s", "user")]);
        await GotAsync(2);
        Assert.Equal(["1", "2"], _collector.Ids);
    }

    [Fact]
    public async Task Keys_AHundred_DrainIndependently()
    {
        for (var key = 0; key < 100; key++)
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.True((await EnqueueAsync($"{key}", $"{i}")).IsAccepted);
            }
        }

        await GotAsync(100);
        _time.Advance(2 * Second);

        Assert.All(_collector.Got.GroupBy(g => g.Delivery.Key), key => Assert.Equal(["0", "1", "2"], key.Select(g => g.Delivery.Work.Id)));
        Assert.Equal(300, _collector.Got.Count);
        Assert.Equal(2 * Second, _collector.Got.Max(g => g.At) - Start);
    }

    [Fact]
    public async Task Queues_AHundredThousandIdle_HaveNoTimersAndAreForgotten()
    {
        for (var key = 0; key < 100_000; key++)
        {
            await EnqueueAsync($"{key}", "1");
        }

        await GotAsync(100_000);

        Assert.Equal((100_000, 0), (_queues.QueueCount, _queues.TimerCount));
        _time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(0, _queues.QueueCount);
    }

    [Fact]
    public async Task Work_OfAllOutcomes_IsCounted()
    {
        using var listener = new MeterListener();
        var counts = new Dictionary<string, long>();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "throttle.work" && ReferenceEquals(instrument.Meter.Scope, _throttle))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            lock (counts)
            {
                Assert.Equal("mail", tags[0].Value);
                var outcome = (string)tags[1].Value!;
                counts[outcome] = counts.GetValueOrDefault(outcome) + value;
            }
        });
        listener.Start();
        await _rules.ReplaceAsync([LimitBy.Queue("mail", 3, "1/s", "user") with { Limit = new QueueSpec(3, new(1, Ticks.PerSecond), 2 * Ticks.PerSecond) }]);
        _collector.Answer = (delivery, _) => new(
            delivery.Work.Id == "0" ? WorkResult.Failed("no") : delivery.Attempt < 9 ? WorkResult.Retry("busy", TimeSpan.FromSeconds(5)) : WorkResult.Done);
        await EnqueueAsync("1", "0");
        await GotAsync(1);
        await EnqueueAsync("1", "1");
        await EnqueueAsync("1", "2");
        _time.Advance(10 * Second);

        Assert.Equal(
            new Dictionary<string, long> { ["queued"] = 3, ["failed"] = 1, ["retried"] = 1, ["expired"] = 2 }, counts);
        Assert.Equal(
            ("mail", new UsageCounts(Allowed: 3, Refused: 0, ShadowRefused: 0, Errors: 3, Permits: 0)),
            (await _throttle.Usage.GetAsync()).Rows.Select(row => (row.Rule, row.Counts)).Single());
    }

    [Fact]
    public async Task Dispose_WithWorkInLine_DeliversNoMore()
    {
        await EnqueueAsync("42", "1");
        await GotAsync(1);
        await EnqueueAsync("42", "2");

        _queues.Dispose();
        _time.Advance(10 * Second);

        Assert.Equal(["1"], _collector.Ids);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await EnqueueAsync("42", "3"));
    }

    [Fact]
    public async Task Enqueue_FromManyThreads_LosesAndDoublesNothing()
    {
        await _rules.ReplaceAsync([LimitBy.Queue("mail", 10_000, "100000/s", "user")]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                Assert.True((await EnqueueAsync($"{i % 3}", $"{thread}-{i}")).IsAccepted);
            }
        })));
        await Eventually.IsTrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(1));
                return _collector.Got.Count >= 1600;
            },
            "everything is delivered");

        Assert.Equal(1600, _collector.Ids.Distinct().Count());
        Assert.Equal(1600, _collector.Got.Count);
    }

    /// <summary>At one a second: in any interval of length T no more than T + 2, for a turn may be used up to a second late.</summary>
    private static void AssertKeepsRate(DateTimeOffset[] deliveries)
    {
        for (var first = 0; first < deliveries.Length; first++)
        {
            for (var last = first; last < deliveries.Length; last++)
            {
                var seconds = (deliveries[last] - deliveries[first]) / Second;
                Assert.True(last - first + 1 <= seconds + 2, $"{last - first + 1} deliveries within {seconds} s");
            }
        }
    }

    private async Task AssertFaultAsync(WorkQueueFault fault, string rule, string message)
    {
        var thrown = await Assert.ThrowsAsync<WorkQueueException>(async () => await _queues.EnqueueAsync(rule, "42", new("1", default)));
        Assert.Equal((fault, message), (thrown.Fault, thrown.Message));
    }

    private ValueTask<WorkAnswer> EnqueueAsync(string key, string id) =>
        _queues.EnqueueAsync("mail", key, new(id, Encoding.UTF8.GetBytes($"payload of {id}"), "text/plain"));

    /// <summary>Returns once so many were delivered, have ended, and the queues wait for what comes next.</summary>
    private Task GotAsync(int count) => Eventually.IsTrueAsync(
        () => _collector.Got.Count >= count && _queues.DeliveringCount == 0, $"{count} deliveries have ended");
}
