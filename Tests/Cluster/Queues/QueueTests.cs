using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Queues;

/// <summary>Work handed over to the grains of a cluster.</summary>
public sealed class QueueTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly Rule Mail = LimitBy.Queue("mail", 20, "1/s", "user") with { Deliver = new() { Attempts = 2 } };
    private static readonly Rule Fleeting = LimitBy.Queue("fleeting", 20, "1/s", "user") with { Durability = Durability.Memory };

    private readonly Worker _worker = new();
    private ThrottleCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await StartAsync(new TestStorage());

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Enqueue_FromEverywhere_IsDeliveredInOrderAtItsTurn()
    {
        var all = _cluster.Silos.Select(QueuesOf).Append(_cluster.Queues).ToArray();
        var start = _cluster.Time.GetUtcNow().UtcTicks;
        for (var i = 0; i < 6; i++)
        {
            var answer = await all[i % all.Length].EnqueueAsync("mail", "1", Work($"{i}"));
            Assert.Equal(WorkAnswerStatus.Queued, answer.Status);
            Assert.Equal(i * Second, Ticks.ToTimeSpan(answer.Receipt.DueAt - answer.Receipt.EnqueuedAt));
        }

        await GotAsync("1", 1);
        for (var i = 2; i <= 6; i++)
        {
            await _cluster.ArmedAsync(start + ((i - 1) * Ticks.PerSecond));
            await _cluster.AdvanceAsync(Second - TimeSpan.FromTicks(1));
            Assert.Equal(i - 1, _worker.Of("1").Count);
            await _cluster.AdvanceAsync(TimeSpan.FromTicks(1));
            await GotAsync("1", i);
        }

        Assert.Equal(["0", "1", "2", "3", "4", "5"], _worker.Of("1"));
        await EmptyAsync("mail", "1");
    }

    [Fact]
    public async Task Enqueue_SameId_GetsTheFirstAnswerFromWhereverItIsAsked()
    {
        var first = await _cluster.Queues.EnqueueAsync("mail", "1", Work("a"));
        await GotAsync("1", 1);
        await EmptyAsync("mail", "1");
        await _cluster.AdvanceAsync(3 * Second);

        var again = await QueuesOf(_cluster.Silos[1]).EnqueueAsync("mail", "1", Work("a"));

        Assert.Equal((WorkAnswerStatus.Known, first.Receipt), (again.Status, again.Receipt));
        Assert.Single(_worker.Of("1"));
    }

    [Fact]
    public async Task Enqueue_WithCallersThatWaitAndReserve_GoInOneLine()
    {
        await _cluster.Queues.EnqueueAsync("mail", "1", Work("a"));
        await GotAsync("1", 1);
        var reserved = await _cluster.Throttle.ReserveAsync(new([("user", "1")], 1, TimeSpan.FromMinutes(1)));
        var answer = await _cluster.Queues.EnqueueAsync("mail", "1", Work("b"));

        Assert.Equal(Second, reserved.Delay);
        Assert.Equal(2 * Second, Ticks.ToTimeSpan(answer.Receipt.DueAt - answer.Receipt.EnqueuedAt));
    }

    [Fact]
    public async Task Grain_AskedDirectly_AnswersTheSame()
    {
        var grain = _cluster.Client.GetGrain<ILeakyBucketGrain>("mail/1");

        var reply = await grain.EnqueueAsync(new("a", [1, 2, 3]));
        await GotAsync("1", 1);
        await EmptyAsync("mail", "1");

        Assert.Equal(WorkOutcome.Queued, reply.Outcome);
        Assert.Equal(WorkOutcome.Unknown, (await grain.CancelAsync("a")).Outcome);
        Assert.Equal((WorkOutcome.Done, 0), ((await grain.InspectQueueAsync()).Outcome, (await grain.InspectQueueAsync()).Length));
        await Assert.ThrowsAsync<ArgumentException>(async () => await grain.EnqueueAsync(new("", [])));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _cluster.Client.GetGrain<ILeakyBucketGrain>("none/1").EnqueueAsync(new("a", [])));
    }

    [Fact]
    public async Task Edits_CancelFailPutBackAndRemove()
    {
        _worker.Answer = (delivery, _) => new(delivery.Work.Id == "good" ? WorkResult.Done : WorkResult.Failed("no"));
        foreach (var id in new[] { "bad", "unwanted", "worse", "good" })
        {
            await _cluster.Queues.EnqueueAsync("mail", "1", Work(id));
        }

        await GotAsync("1", 1);
        Assert.Equal(WorkEdit.Done, await _cluster.Queues.CancelAsync("mail", "1", "unwanted"));
        Assert.Equal(WorkEdit.Unknown, await _cluster.Queues.CancelAsync("mail", "1", "unwanted"));
        await DrainAsync("mail", "1");
        Assert.Equal(["bad", "worse", "good"], _worker.Of("1"));

        var failed = await QueuesOf(_cluster.Silos[1]).ListFailedAsync("mail", "1");
        Assert.Equal([("bad", "no", "payload of bad"), ("worse", "no", "payload of worse")],
            failed.Select(f => (f.Id, f.LastError!, Encoding.UTF8.GetString(f.Payload.Span))));

        _worker.Answer = (_, _) => new(WorkResult.Done);
        Assert.Equal(WorkEdit.Done, await _cluster.Queues.PutBackAsync("mail", "1", "bad"));
        Assert.Equal(WorkEdit.Done, await _cluster.Queues.RemoveFailedAsync("mail", "1", "worse"));
        Assert.Equal(WorkEdit.Unknown, await _cluster.Queues.PutBackAsync("mail", "1", "worse"));
        await DrainAsync("mail", "1");
        Assert.Equal(["bad", "worse", "good", "bad"], _worker.Of("1"));
        Assert.Empty(await _cluster.Queues.ListFailedAsync("mail", "1"));
    }

    [Fact]
    public async Task Retry_KeepsItsPlaceAndFailsForGoodAfterTheAttempts()
    {
        _worker.Answer = (delivery, _) => new(delivery.Work.Id == "0" ? WorkResult.Retry("busy") : WorkResult.Done);
        await FillAsync("mail", "1", 3);

        await DrainAsync("mail", "1");

        Assert.Equal(["0", "0", "1", "2"], _worker.Of("1"));
        Assert.Equal("busy", Assert.Single(await _cluster.Queues.ListFailedAsync("mail", "1")).LastError);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_OfTheOwner_EverythingIsDeliveredInOrderWithoutAnybodyAsking(bool isDelivering)
    {
        var victim = _cluster.Silos[^1];
        await _cluster.PlaceAsync(victim, "mail", "1");
        var held = new TaskCompletionSource();
        if (isDelivering)
        {
            // It is delivered, and its silo dies before anybody hears of it.
            _worker.Answer = async (_, _) =>
            {
                await held.Task;
                return WorkResult.Done;
            };
        }

        await FillAsync("mail", "1", 5);
        await GotAsync("1", 1);
        if (!isDelivering)
        {
            await LengthAsync("mail", "1", 4);
        }

        await _cluster.Host.KillSiloAsync(victim);
        _worker.Answer = (_, _) => new(WorkResult.Done);
        held.SetResult();
        await AdvanceUntilAsync(() => _worker.Of("1").Contains("4"), "the last is delivered");

        Assert.Equal(["0", "1", "2", "3", "4"], _worker.Of("1").Distinct());
        Assert.Equal(_worker.Of("1").Order(StringComparer.Ordinal), _worker.Of("1"));
        await EmptyAsync("mail", "1");
    }

    [Fact]
    public async Task Kill_OfTheOwner_WorkInMemoryIsLostAndTheQueueGoesOn()
    {
        var victim = _cluster.Silos[^1];
        await _cluster.PlaceAsync(victim, "fleeting", "1");
        await FillAsync("fleeting", "1", 3);
        await GotAsync("1", 1);

        await _cluster.Host.KillSiloAsync(victim);
        await _cluster.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(0, (await _cluster.Queues.InspectAsync("fleeting", "1")).Length);
        Assert.True((await _cluster.Queues.EnqueueAsync("fleeting", "1", Work("more"))).IsAccepted);
        await AdvanceUntilAsync(() => _worker.Of("1").Contains("more"), "new work is delivered");
        Assert.Equal(["0", "more"], _worker.Of("1"));
    }

    [Theory]
    [InlineData("mail")]
    [InlineData("fleeting")]
    public async Task Stop_OfTheOwner_NothingIsLostOrDoubled(string rule)
    {
        var leaving = _cluster.Silos[^1];
        await _cluster.PlaceAsync(leaving, rule, "1");
        await FillAsync(rule, "1", 5);
        await GotAsync("1", 1);
        await LengthAsync(rule, "1", 4);

        await _cluster.Host.StopSiloAsync(leaving);
        await AdvanceUntilAsync(() => _worker.Of("1").Count >= 5, "everything is delivered without anybody asking");

        Assert.Equal(["0", "1", "2", "3", "4"], _worker.Of("1"));
        await EmptyAsync(rule, "1");
    }

    [Fact]
    public async Task Restart_OfTheWholeCluster_GoesOnWithoutAnybodyAsking()
    {
        for (var key = 0; key < 20; key++)
        {
            await FillAsync("mail", $"{key}", 3);
            await GotAsync($"{key}", 1);
            await LengthAsync("mail", $"{key}", 2);
        }

        var (storage, now) = (_cluster.Storage, _cluster.Time.GetUtcNow());
        foreach (var silo in _cluster.Silos.ToArray())
        {
            await _cluster.Host.KillSiloAsync(silo);
        }

        await _cluster.DisposeAsync();
        _cluster = await StartAsync(storage, now);
        await AdvanceUntilAsync(() => Enumerable.Range(0, 20).All(key => _worker.Of($"{key}").Count >= 3), "everything is delivered");

        Assert.All(Enumerable.Range(0, 20), key => Assert.Equal(["0", "1", "2"], _worker.Of($"{key}")));
    }

    [Fact]
    public async Task Enqueue_StorageFails_IsNotAcknowledgedAndMayBeRepeated()
    {
        await _cluster.Queues.EnqueueAsync("mail", "1", Work("a"));
        await GotAsync("1", 1);
        await EmptyAsync("mail", "1");
        _cluster.Storage.Break((operation, _) => operation == StorageOperation.Write ? StorageFault.FailsBefore : StorageFault.None);

        var answer = await _cluster.Queues.EnqueueAsync("mail", "1", Work("b"));

        Assert.Equal(WorkAnswerStatus.Failed, answer.Status);
        Assert.Contains("The storage failed", answer.Reason, StringComparison.Ordinal);
        _cluster.Storage.Break(null);
        Assert.Equal(WorkAnswerStatus.Queued, (await _cluster.Queues.EnqueueAsync("mail", "1", Work("b"))).Status);
        await AdvanceUntilAsync(() => _worker.Of("1").Contains("b"), "it is delivered");
        Assert.Equal(["a", "b"], _worker.Of("1"));
    }

    [Fact]
    public async Task Deliver_StorageFailsAfterwards_NothingMoreIsDeliveredUntilItWorks()
    {
        await _cluster.Queues.EnqueueAsync("mail", "1", Work("a"));
        await GotAsync("1", 1);
        await EmptyAsync("mail", "1");
        await _cluster.Queues.EnqueueAsync("mail", "1", Work("b"));
        await _cluster.Queues.EnqueueAsync("mail", "1", Work("c"));
        _cluster.Storage.Break((operation, _) => operation == StorageOperation.Write ? StorageFault.FailsBefore : StorageFault.None);

        await _cluster.AdvanceAsync(Second);
        await GotAsync("1", 2);
        for (var i = 0; i < 20; i++)
        {
            await _cluster.AdvanceAsync(Second);
        }

        Assert.Equal(["a", "b"], _worker.Of("1"));
        _cluster.Storage.Break(null);
        await AdvanceUntilAsync(() => _worker.Of("1").Count >= 3, "the rest is delivered");
        Assert.Equal(["a", "b", "c"], _worker.Of("1"));
    }

    /// <summary>Of the bucket's record, or of the work's.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Deliver_SomebodyElseHasWritten_GoesOnFromWhatIsStored(int which)
    {
        await FillAsync("mail", "1", 3);
        await GotAsync("1", 1);
        await LengthAsync("mail", "1", 2);
        var broken = 0;
        _cluster.Storage.Break((operation, _) =>
            operation == StorageOperation.Write && Interlocked.Increment(ref broken) == which ? StorageFault.Conflict : StorageFault.None);

        await AdvanceUntilAsync(() => _worker.Of("1").Contains("2"), "everything is delivered without anybody asking");

        Assert.Equal(["0", "1", "2"], _worker.Of("1").Distinct());
        Assert.InRange(Volatile.Read(ref broken), which, int.MaxValue);
    }

    [Fact]
    public async Task Rules_GoneOffAndBack_KeepTheWork()
    {
        await FillAsync("mail", "1", 3);
        await FillAsync("fleeting", "2", 3);
        await GotAsync("1", 1);
        await GotAsync("2", 1);
        await LengthAsync("mail", "1", 2);
        await LengthAsync("fleeting", "2", 2);

        await ReplaceAsync(LimitBy.TokenBucket("other", 1, "1/s"));
        await _cluster.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(WorkQueueFault.NoRule, (await ThrowsAsync("mail")).Fault);
        await ReplaceAsync(LimitBy.TokenBucket("mail", 1, "1/s", "user"), Fleeting with { Mode = RuleMode.Off });
        Assert.Equal(WorkQueueFault.NoQueue, (await ThrowsAsync("mail")).Fault);
        Assert.Equal(WorkQueueFault.IsOff, (await ThrowsAsync("fleeting")).Fault);
        await _cluster.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 1), (_worker.Of("1").Count, _worker.Of("2").Count));

        await ReplaceAsync(Mail, Fleeting);
        await AdvanceUntilAsync(() => _worker.Of("1").Count >= 3 && _worker.Of("2").Count >= 3, "both go on");
        Assert.Equal(["0", "1", "2"], _worker.Of("1"));
        Assert.Equal(["0", "1", "2"], _worker.Of("2"));
    }

    [Fact]
    public async Task Enqueue_NobodyDoesTheWork_SaysSo()
    {
        _worker.IsWilling = false;

        Assert.Equal(WorkQueueFault.NoProcessor, (await ThrowsAsync("mail")).Fault);
        Assert.Equal(0, (await _cluster.Queues.InspectAsync("mail", "1")).Length);
    }

    [Fact]
    public async Task Load_ManyKeysWithASiloKilled_EachInOrderOneAtATime()
    {
        const int Keys = 30;
        var random = new Random(5);
        _worker.Answer = async (_, _) =>
        {
            await Task.Yield();
            return WorkResult.Done;
        };
        for (var i = 0; i < 8; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => UntilAcceptedAsync($"{key}", $"{i}")));
            await _cluster.AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(1500)));
            if (i == 4)
            {
                await _cluster.Host.KillSiloAsync(_cluster.Silos[^1]);
            }
        }

        await AdvanceUntilAsync(() => Enumerable.Range(0, Keys).All(key => _worker.Of($"{key}").Contains("7")), "the last of each key");

        Assert.All(Enumerable.Range(0, Keys), key =>
        {
            Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}"), _worker.Of($"{key}").Distinct());
            Assert.Equal(_worker.Of($"{key}").Order(StringComparer.Ordinal), _worker.Of($"{key}"));
        });
    }

    private static Work Work(string id) => new(id, Encoding.UTF8.GetBytes($"payload of {id}"), "text/plain");

    private static IWorkQueues QueuesOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<IWorkQueues>();

    private Task<ThrottleCluster> StartAsync(TestStorage storage, DateTimeOffset? start = null)
    {
        var setup = new ClusterSetup { Silos = 3, Rules = [Mail, Fleeting], Processor = _worker, Storage = storage };
        return ThrottleCluster.StartAsync(start is { } given ? setup with { Start = given } : setup);
    }

    private async Task ReplaceAsync(params Rule[] rules)
    {
        await _cluster.Rules.ReplaceAsync(rules);
        await _cluster.EveryoneHasAsync(_cluster.Rules.Current.Version);
    }

    private async Task<WorkQueueException> ThrowsAsync(string rule) =>
        await Assert.ThrowsAsync<WorkQueueException>(async () => await _cluster.Queues.EnqueueAsync(rule, "9", Work("x")));

    private async Task FillAsync(string rule, string key, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(WorkAnswerStatus.Queued, (await _cluster.Queues.EnqueueAsync(rule, key, Work($"{i}"))).Status);
        }
    }

    private async Task UntilAcceptedAsync(string key, string id) => await Eventually.IsTrueAsync(
        async () => (await _cluster.Queues.EnqueueAsync("mail", key, Work(id))).IsAccepted, $"{id} of {key} is accepted");

    private Task GotAsync(string key, int count) =>
        Eventually.IsTrueAsync(() => _worker.Of(key).Count >= count, $"{count} deliveries of {key}, of which there are {_worker.Of(key).Count}");

    private Task LengthAsync(string rule, string key, int length) => Eventually.IsTrueAsync(
        async () => await _cluster.Queues.InspectAsync(rule, key) is { IsDelivering: false } status && status.Length == length, $"{length} in line");

    private Task EmptyAsync(string rule, string key) => LengthAsync(rule, key, 0);

    /// <summary>Moves the clock until everything is delivered.</summary>
    private async Task DrainAsync(string rule, string key) => await Eventually.IsTrueAsync(
        async () =>
        {
            await _cluster.AdvanceAsync(Second);
            return (await _cluster.Queues.InspectAsync(rule, key)).Length == 0;
        },
        "everything is delivered");

    /// <summary>Moves the clock, and asks nobody anything.</summary>
    private Task AdvanceUntilAsync(Func<bool> isTrue, string expected) => Eventually.IsTrueAsync(
        () =>
        {
            _cluster.Time.Advance(Second / 4);
            return isTrue();
        },
        expected);
}
