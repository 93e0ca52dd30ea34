using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Engine;

/// <summary>Buckets reset and rules changed under those who wait.</summary>
public sealed class ResetAndChangeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Reset_WithWaiters_TheyAreServedAtTheirInstants()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 1, "1/s", "user")]);
        await engine.Throttle.AcquireAsync(Ask());
        var waiting = Enumerable.Range(0, 2).Select(_ => engine.Throttle.AcquireAsync(Ask(wait: 10)).AsTask()).ToArray();

        Assert.True(await engine.Throttle.ResetAsync("a", "1"));
        await engine.AdvanceAsync(TimeSpan.FromSeconds(2));

        foreach (var task in waiting)
        {
            Assert.True((await task.WaitAsync(Patience)).IsAllowed);
        }
    }

    [Fact]
    public async Task Reset_WaiterOfBeforeCancels_GivesTheNewBucketNothing()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 3, "1/h", "user")]);
        using var cancel = new CancellationTokenSource();
        await engine.Throttle.AcquireAsync(Ask(3));
        var waiter = engine.Throttle.AcquireAsync(Ask(2, 36_000), cancel.Token).AsTask();
        await engine.Throttle.ResetAsync("a", "1");
        await engine.Throttle.AcquireAsync(Ask(3));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiter.WaitAsync(Patience));
        Assert.Equal(0, await RemainingAsync(engine));
    }

    [Theory]
    [InlineData(OnChange.Reset, 3, 3)]
    [InlineData(OnChange.Additive, 6, 2)]
    public async Task Change_WaiterOfBeforeCancels_UndoesNothingTakenSince(OnChange onChange, long capacity, long free)
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 3, "1/h", "user")]);
        using var cancel = new CancellationTokenSource();
        await engine.Throttle.AcquireAsync(Ask(3));
        var waiter = engine.Throttle.AcquireAsync(Ask(1, 36_000), cancel.Token).AsTask();
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", capacity, "2/h", "user") with { OnChange = onChange }]);
        Assert.Equal(free, await RemainingAsync(engine));
        await engine.Throttle.AcquireAsync(Ask(free));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiter.WaitAsync(Patience));
        Assert.InRange(await RemainingAsync(engine), 0, onChange == OnChange.Reset ? 0 : 1);
    }

    [Fact]
    public async Task Change_LimitBelowAWaitersCost_ItKeepsItsInstantWhenAnotherCancels()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 5, "1/s", "user")]);
        using var cancel = new CancellationTokenSource();
        await engine.Throttle.AcquireAsync(Ask(5));
        var first = engine.Throttle.AcquireAsync(Ask(1, 60), cancel.Token).AsTask();
        var large = engine.Throttle.AcquireAsync(Ask(5, 60)).AsTask();
        var start = engine.Now;
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", 2, "1/s", "user")]);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        Assert.False(large.IsCompleted, "Nobody is served before the permits are there.");
        await engine.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.InRange((await large.WaitAsync(Patience)).At, start.AddSeconds(5), start.AddSeconds(6));
    }

    [Fact]
    public async Task Change_FewerReservations_WaitersStayAnIntervalApart()
    {
        await using var engine = new LocalHarness([LimitBy.Spacing("a", "1s", 5)]);
        using var cancel = new CancellationTokenSource();
        await engine.Throttle.AcquireAsync(Ask());
        var first = engine.Throttle.AcquireAsync(Ask(1, 60), cancel.Token).AsTask();
        var rest = Enumerable.Range(0, 4).Select(_ => engine.Throttle.AcquireAsync(Ask(1, 60)).AsTask()).ToArray();
        await engine.Rules.ReplaceAsync([LimitBy.Spacing("a", "1s", 1)]);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        await engine.AdvanceAsync(TimeSpan.FromMinutes(1));

        var went = (await Task.WhenAll(rest).WaitAsync(Patience)).Select(d => d.At).ToArray();
        Assert.All(went.Zip(went.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Change_SlowerRate_NobodyWaitsLongerThanItWasTold()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 1, "1/s", "user")]);
        using var cancel = new CancellationTokenSource();
        await engine.Throttle.AcquireAsync(Ask());
        var first = engine.Throttle.AcquireAsync(Ask(1, 3), cancel.Token).AsTask();
        var second = engine.Throttle.AcquireAsync(Ask(1, 3)).AsTask();
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", 1, "1/h", "user")]);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        await engine.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.True((await second.WaitAsync(Patience)).IsAllowed);
    }

    [Fact]
    public async Task AlgorithmChanged_BucketsAreCountedOnce()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 2, "1/h", "user")], maxBuckets: 5);
        using var cancel = new CancellationTokenSource();
        for (var i = 0; i < 4; i++)
        {
            await engine.Throttle.AcquireAsync([("user", $"{i}")], 2);
        }

        var waiter = engine.Throttle.AcquireAsync(new([("user", "1")], 1, TimeSpan.FromHours(9)), cancel.Token).AsTask();
        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 2, "1h", "user")]);
        Assert.Equal(4, engine.Local.BucketCount);
        await engine.AdvanceAsync(TimeSpan.FromMinutes(90));
        await cancel.CancelAsync();
        await ((Task)waiter).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await engine.AdvanceAsync(TimeSpan.FromHours(90));

        Assert.Equal(0, engine.Local.BucketCount);
        await engine.Rules.ReplaceAsync([]);
        Assert.Equal(0, engine.Local.BucketCount);
    }

    [Fact]
    public async Task Return_KeyOfTheRuleChanged_GivesTheNewBucketsNothing()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("a", 2, "1/h", "user")]);
        var before = await engine.Throttle.AcquireAsync(Ask(2));
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", 2, "1/h", "path")]);
        await engine.Throttle.AcquireAsync([("path", "1")], 2);

        await engine.Throttle.ReturnAsync(before);

        Assert.Equal(0, await RemainingAsync(engine));
    }

    [Fact]
    public async Task Renew_ShorterLeaseTimeByNow_TheLineIsServedWhenItEnds()
    {
        await using var engine = new LocalHarness([LimitBy.Concurrency("c", 1, "1h")]);
        var held = await engine.Throttle.AcquireAsync(Ask());
        var waiter = engine.Throttle.AcquireAsync(Ask(1, 36_000)).AsTask();
        await engine.Rules.ReplaceAsync([LimitBy.Concurrency("c", 1, "10s")]);
        Assert.Equal(engine.Now.AddSeconds(10), await engine.Throttle.RenewLeaseAsync(held.Lease!));

        await engine.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.True((await waiter.WaitAsync(Patience)).IsAllowed);
    }

    [Fact]
    public async Task Return_RulesChangeMeanwhile_IsNotLost()
    {
        var rules = new ScriptedRules(LimitBy.Concurrency("c", 1, "1h"), LimitBy.TokenBucket("t", 2, "1/h"));
        await using var throttle = new Throttle.Core.Local.LocalThrottle(rules);
        var held = await throttle.AcquireAsync([]);

        rules.ChangeAfterNextLook();
        Assert.NotNull(await throttle.RenewLeaseAsync(held.Lease!));
        rules.ChangeAfterNextLook();
        Assert.True(await throttle.ReturnAsync(held));
        Assert.True((await throttle.AcquireAsync([])).IsAllowed);
        rules.ChangeAfterNextLook();
        var shown = await throttle.ReturnAsync(new ThrottleRequest([]));
        Assert.Equal((true, 2L, 2L), (shown.IsAllowed, shown.Limit, shown.Remaining));
        await throttle.AcquireAsync([("user", "1")]);
        rules.ChangeAfterNextLook();
        Assert.True(await throttle.ResetAsync("c", ""));
    }

    private static ThrottleRequest Ask(long cost = 1, double wait = 0) => new([("user", "1")], cost, TimeSpan.FromSeconds(wait));

    private static async Task<long> RemainingAsync(LocalHarness engine) =>
        (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining;

    /// <summary>Rules that are edited between two looks at them.</summary>
    private sealed class ScriptedRules(params Rule[] rules) : IRules
    {
        private readonly LocalRules _rules = new(rules);
        private bool _mayChange;

        public event Action<RuleSet> Changed
        {
            add => _rules.Changed += value;
            remove => _rules.Changed -= value;
        }

        public RuleSet Current
        {
            get
            {
                var seen = _rules.Current;
                if (_mayChange)
                {
                    _mayChange = false;
                    _rules.Replace(rules);
                }

                return seen;
            }
        }

        public void ChangeAfterNextLook() => _mayChange = true;

        public ValueTask<RuleSet> ReplaceAsync(
            IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
            _rules.ReplaceAsync(rules, expectedVersion, cancellationToken);
    }
}
