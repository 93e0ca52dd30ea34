using FsCheck;
using FsCheck.Fluent;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Replication;

/// <summary>Throttles of several nodes that share buckets, with nothing between them but pages.</summary>
public sealed class ReplicatorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static Rule Shared => LimitBy.TokenBucket("shared", 4, "4/s", "user") with { Replicate = true };

    [Fact]
    public async Task Exchange_BurstOnThreeNodes_IsChargedEverywhere()
    {
        using var nodes = new Nodes(3);
        foreach (var node in new[] { 0, 2, 1, 1 })
        {
            Assert.True(await nodes.AskAsync(node));
        }

        nodes.ExchangeAll();

        Assert.Equal([0, 0, 0], nodes.Levels());
        Assert.False(await nodes.AskAsync(0) || await nodes.AskAsync(1) || await nodes.AskAsync(2));
        nodes.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal([1, 1, 1], nodes.Levels());
    }

    [Fact]
    public async Task Exchange_RuleThatIsNotShared_IsNotToldOf()
    {
        using var nodes = new Nodes(2, Shared, LimitBy.TokenBucket("own", 4, "4/s", "user"));
        Assert.True(await nodes.AskAsync(0));

        Assert.Equal("shared", Assert.Single(nodes[0].ReadPage(0).Entries).Rule);
    }

    [Fact]
    public async Task Exchange_PageAgainAndLate_ChangesNothing()
    {
        using var nodes = new Nodes(2);
        await nodes.AskAsync(0);
        var first = nodes[0].ReadPage(0);
        await nodes.AskAsync(0);
        var second = nodes[0].ReadPage(first.Through);

        Assert.Equal(new ReplicationReceipt(0, 0, 0), nodes[1].Receive(second));
        Assert.Equal(4, nodes.Levels()[1]);
        Assert.Equal(new ReplicationReceipt(1, 1, 0), nodes[1].Receive(first));
        Assert.Equal(new ReplicationReceipt(2, 1, 0), nodes[1].Receive(second));
        Assert.Equal(new ReplicationReceipt(2, 0, 0), nodes[1].Receive(second));
        Assert.Equal(new ReplicationReceipt(2, 0, 0), nodes[1].Receive(first));
        Assert.Equal(2, nodes.Levels()[1]);
    }

    [Fact]
    public async Task Exchange_PageAgainAfterItWasForgotten_ChangesNothing()
    {
        using var nodes = new Nodes(2);
        await nodes.AskAsync(0);
        var page = nodes[0].ReadPage(0);
        nodes[1].Receive(page);
        nodes.Time.Advance(TimeSpan.FromSeconds(1));
        nodes[0].Sweep();
        nodes[1].Sweep();

        Assert.Equal((0, 0), (nodes[0].OwnCount, nodes[1].PeerCount));
        nodes[1].Receive(page);

        Assert.Equal(4, nodes.Levels()[1]);
        Assert.Empty(nodes[0].ReadPage(0).Entries);
    }

    [Fact]
    public async Task Exchange_BucketUsedAnewAfterItWasForgotten_IsChargedFromZero()
    {
        using var nodes = new Nodes(2);
        await nodes.AskAsync(0, cost: 3);
        nodes.ExchangeAll();
        nodes.Time.Advance(TimeSpan.FromSeconds(1));
        nodes[0].Sweep();
        await nodes.AskAsync(0, cost: 2);

        nodes.ExchangeAll();

        Assert.Equal([2, 2], nodes.Levels());
    }

    [Fact]
    public async Task Exchange_ForgottenHereAndCountedOnThere_IsChargedNoMoreThanIsOwed()
    {
        using var nodes = new Nodes(2);
        await nodes.AskAsync(0, cost: 3);
        nodes.ExchangeAll();
        nodes.Time.Advance(TimeSpan.FromSeconds(1));
        nodes[1].Sweep();
        await nodes.AskAsync(0, cost: 1);

        nodes.ExchangeAll();

        Assert.Equal([3, 3], nodes.Levels());
    }

    [Fact]
    public async Task Exchange_NodeThatBegins_TakesOverWhatTheOthersAreShortOf()
    {
        using var nodes = new Nodes(2);
        for (var second = 0; second < 100; second++)
        {
            Assert.Equal(4, await nodes.AskAsync(0, cost: 4) ? 4 : 0);
            nodes.Time.Advance(TimeSpan.FromSeconds(1));
        }

        // 400 were granted, and three are owed: that is all that a newcomer is charged for.
        Assert.True(await nodes.AskAsync(0, cost: 3));
        nodes.ExchangeAll();
        Assert.Equal([1, 1], nodes.Levels());
    }

    [Fact]
    public async Task Exchange_CutOffForLong_IsRepaidToTheLastPermit()
    {
        using var nodes = new Nodes(2);
        nodes.ExchangeAll();
        await nodes.AskAsync(0);
        await nodes.AskAsync(1);
        nodes.ExchangeAll();
        Assert.Equal([2, 2], nodes.Levels());
        for (var second = 0; second < 10; second++)
        {
            nodes.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(await nodes.AskAsync(0, cost: 4) && await nodes.AskAsync(1, cost: 4));
        }

        nodes.ExchangeAll();

        // Each has granted 40 that the other knows nothing of.
        Assert.Equal([-40, -40], nodes.Levels());
        nodes.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(await nodes.AskAsync(0) || await nodes.AskAsync(1));
        nodes.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.True(await nodes.AskAsync(0) && await nodes.AskAsync(1));
    }

    [Fact]
    public async Task Exchange_NodeThatStartsAnew_IsHeardFromTheBeginning()
    {
        using var nodes = new Nodes(2);
        await nodes.AskAsync(0);
        nodes.ExchangeAll();
        var late = nodes[0].ReadPage(0);
        nodes.Restart(0);
        await nodes.AskAsync(0, cost: 2);

        Assert.Equal(1, nodes[1].Receive(nodes[0].ReadPage(0)).New);
        Assert.Equal(1, nodes.Levels()[1]);
        Assert.Contains("begun anew", Assert.Throws<ReplicationException>(() => nodes[1].Receive(late)).Message, StringComparison.Ordinal);
        Assert.Equal(1, nodes.Levels()[1]);
    }

    [Fact]
    public void Receive_OwnRegion_IsRefused()
    {
        using var nodes = new Nodes(1);
        var page = new ReplicationPage("region-0", 99, 0, 0, true, []);

        Assert.Contains("'region-0'", Assert.Throws<ReplicationException>(() => nodes[0].Receive(page)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Receive_TooManyRegions_IsRefused()
    {
        using var nodes = new Nodes(1);
        for (var i = 1; i <= ReplicationLimits.MaxRegions; i++)
        {
            nodes[0].Receive(new($"other-{i}", 1, 0, 0, true, []));
        }

        var error = Assert.Throws<ReplicationException>(() => nodes[0].Receive(new("one-more", 1, 0, 0, true, [])));
        Assert.Contains("at most 100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Receive_RuleUnknownHere_IsCountedAndLeftAlone()
    {
        using var nodes = new Nodes(1);
        var page = new ReplicationPage("other", 1, 0, 1, true, [new("nowhere", "a", 1, 1, 1, 3, 0, 3)]);

        Assert.Equal(new ReplicationReceipt(1, 1, 1), nodes[0].Receive(page));
    }

    [Fact]
    public async Task ReadPage_ManyBuckets_ComesInOrderAndWhole()
    {
        using var nodes = new Nodes(2);
        for (var i = 0; i < 2_500; i++)
        {
            await nodes.AskAsync(0, $"user-{i}");
        }

        var (after, pages, keys) = (0L, 0, new HashSet<string>(StringComparer.Ordinal));
        ReplicationPage page;
        do
        {
            page = nodes[0].ReadPage(after);
            Assert.True(page.Entries.Count <= ReplicationLimits.MaxEntries);
            Assert.Equal(page.Entries.Select(e => e.Version).Order(), page.Entries.Select(e => e.Version));
            Assert.All(page.Entries, e => Assert.True(keys.Add(e.Key)));
            after = nodes[1].Receive(page).Through;
            Assert.Equal(page.Through, after);
            pages++;
        }
        while (!page.IsLast);

        Assert.Equal((3, 2_500, 2_500), (pages, keys.Count, nodes[1].PeerCount));
        Assert.Equal(2, nodes[0].ReadPage(0, maxKeyLength: 13).Entries.Count);
        Assert.Single(nodes[0].ReadPage(0, maxKeyLength: 1).Entries);
    }

    [Fact]
    public async Task Return_OfWhatWasGranted_IsGivenBackToTheOthers()
    {
        using var nodes = new Nodes(2);
        var decision = await nodes.Throttles[0].AcquireAsync(new([("user", "a")], Cost: 3));
        nodes.ExchangeAll();
        Assert.Equal([1, 1], nodes.Levels());

        Assert.True(await nodes.Throttles[0].ReturnAsync(decision));
        nodes.ExchangeAll();

        Assert.Equal([4, 4], nodes.Levels());
    }

    [Fact]
    public async Task Return_OfMoreThanWasGranted_MintsNothingElsewhere()
    {
        using var nodes = new Nodes(2);
        await nodes.AskAsync(0);
        await nodes.AskAsync(1, cost: 3);
        await nodes.Throttles[0].ReturnAsync(new ThrottleRequest([("user", "a")], Cost: 4));

        nodes.ExchangeAll();

        Assert.Equal(1, nodes.Levels()[1]);
    }

    [Fact]
    public async Task Wait_CancelledBeforeItsTurn_IsNeverToldOf()
    {
        using var nodes = new Nodes(2);
        await nodes.AskAsync(0, cost: 4);
        using var cancel = new CancellationTokenSource();
        var waiting = nodes.Throttles[0].AcquireAsync(new([("user", "a")], MaxWait: TimeSpan.FromSeconds(5)), cancel.Token);
        Assert.Equal(4, Assert.Single(nodes[0].ReadPage(0).Entries).Consumed);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);

        Assert.Equal(4, Assert.Single(nodes[0].ReadPage(0).Entries).Consumed);
    }

    [Fact]
    public async Task Wait_CancelledAfterACharge_DoesNotUndoTheCharge()
    {
        using var nodes = new Nodes(2);
        nodes.ExchangeAll();
        await nodes.AskAsync(0, cost: 4);
        using var cancel = new CancellationTokenSource();
        var waiting = nodes.Throttles[0].AcquireAsync(new([("user", "a")], MaxWait: TimeSpan.FromSeconds(5)), cancel.Token);
        await nodes.AskAsync(1, cost: 4);
        nodes.ExchangeAll();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);

        // 8 were granted in all; the reservation's permit may be gone with it, and no more than that.
        Assert.InRange(nodes.Levels()[0], -5, -4);
    }

    [Fact]
    public async Task AcquireAll_OtherRuleRefuses_IsNotToldOf()
    {
        using var nodes = new Nodes(1, Shared, LimitBy.TokenBucket("none", 1, "1/h"));
        Assert.True(await nodes.AskAsync(0));
        Assert.False(await nodes.AskAsync(0));

        Assert.Equal(1, Assert.Single(nodes[0].ReadPage(0).Entries).Consumed);
    }

    [Fact]
    public async Task Changed_FromManyThreads_LosesNoPermit()
    {
        using var nodes = new Nodes(1, LimitBy.TokenBucket("shared", 1_000_000, "1/h", "user") with { Replicate = true });
        using var stop = new CancellationTokenSource();
        var readers = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                nodes[0].ReadPage(0);
                nodes[0].Sweep();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            var rule = nodes.Throttles[0].For("shared");
            for (var i = 0; i < 20_000; i++)
            {
                rule.Acquire($"{(t + i) % 5}");
            }
        })));
        await stop.CancelAsync();
        await readers;

        Assert.Equal(80_000, nodes[0].ReadPage(0).Entries.Sum(e => e.Consumed));
    }

    [Fact]
    public void Replicator_OfTwoThrottles_IsAnError()
    {
        var replicator = new Replicator("a", 1);
        using var first = new LocalThrottle(new LocalRules([Shared]), new() { Replicator = replicator });

        Assert.Throws<InvalidOperationException>(() => new LocalThrottle(new LocalRules([Shared]), new() { Replicator = replicator }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("EU")]
    [InlineData("eu west")]
    public void Region_ThatIsNoName_IsAnErrorThatShowsIt(string region) =>
        Assert.Contains($"'{region}'", Assert.Throws<ArgumentException>(() => new Replicator(region, 1)).Message, StringComparison.Ordinal);

    /// <summary>The throttles answer as the pure buckets do, whatever is exchanged when, lost on the way, or sent again.</summary>
    [Fact]
    public void Exchange_AnyOrder_AnswersAsTheModel() =>
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(0, 999_999))), steps =>
        {
            using var nodes = new Nodes(3);
            var now = Start.UtcTicks;
            var models = Enumerable.Range(0, 3)
                .Select(i => new ReplicatedTokenBucket($"{i}", 4, Rate.Parse("4/s"), now)).ToArray();
            nodes.ExchangeAll();
            foreach (var step in steps)
            {
                var (from, to, what) = (step % 3, step / 3 % 3, step / 9);
                switch (what % 4)
                {
                    case 0 when from != to:
                        nodes.Exchange(from, to);
                        models[to].Merge(OnlyOwn(models[from], m => m.Consumed), OnlyOwn(models[from], m => m.Returned), now);
                        break;
                    case 1:
                        now += what % 1_000 * (Ticks.PerSecond / 100);
                        nodes.Time.AdvanceTo(new(now, TimeSpan.Zero));
                        break;
                    default:
                        var cost = what / 4 % 4;
                        if (nodes.Acquire(from, cost) != models[from].Acquire(cost, now).IsAllowed)
                        {
                            return false;
                        }

                        break;
                }
            }

            return nodes.Levels().SequenceEqual(models.Select(m => m.LevelAt(now)));
        }).QuickCheckThrowOnFailure();

    private static Throttle.Core.Counters.GCounter OnlyOwn(ReplicatedTokenBucket model, Func<ReplicatedTokenBucket, Throttle.Core.Counters.GCounter> of) =>
        Throttle.Core.Counters.GCounter.Of(model.Replica, of(model)[model.Replica]);

    private sealed class Nodes : IDisposable
    {
        private readonly Rule[] _rules;
        private readonly Replicator[] _replicators;
        private readonly Dictionary<(int From, int To), long> _through = [];
        private long _incarnation;

        public Nodes(int count, params Rule[] rules)
        {
            _rules = rules is [] ? [Shared] : rules;
            _replicators = new Replicator[count];
            Throttles = new LocalThrottle[count];
            for (var i = 0; i < count; i++)
            {
                Restart(i);
            }
        }

        public VirtualTimeProvider Time { get; } = new(Start);

        public LocalThrottle[] Throttles { get; }

        public Replicator this[int node] => _replicators[node];

        public void Restart(int node)
        {
            Throttles[node]?.Dispose();
            _replicators[node] = new($"region-{node}", ++_incarnation);
            Throttles[node] = new(new LocalRules(_rules), new() { TimeProvider = Time, Replicator = _replicators[node] });
        }

        public async Task<bool> AskAsync(int node, string user = "a", long cost = 1) =>
            (await Throttles[node].AcquireAsync(new([("user", user)], cost))).IsAllowed;

        public bool Acquire(int node, long cost) => Throttles[node].For(_rules[0].Id).Acquire("a", cost).IsAllowed;

        public void ExchangeAll()
        {
            for (var from = 0; from < _replicators.Length; from++)
            {
                for (var to = 0; to < _replicators.Length; to++)
                {
                    if (from != to)
                    {
                        Exchange(from, to);
                    }
                }
            }
        }

        public void Exchange(int from, int to)
        {
            var page = _replicators[from].ReadPage(_through.GetValueOrDefault((from, to)));
            _through[(from, to)] = _replicators[to].Receive(page).Through;
        }

        /// <summary>Whole permits of user a, below zero where more was granted than there was.</summary>
        public long[] Levels() => [.. Throttles.Select(t => 4 - t.MissingOf("shared", "a"))];

        public void Dispose()
        {
            foreach (var throttle in Throttles)
            {
                throttle.Dispose();
            }
        }
    }
}
