using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Waiting;

/// <summary>Callers on several silos that wait for one bucket.</summary>
public sealed class WaitingTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ThrottleRequest Request = new([("user", "1")], 1, TimeSpan.FromSeconds(60));

    private ThrottleCluster Cluster => shared.Cluster;

    [Theory]
    [InlineData("leaky")]
    [InlineData("pace")]
    [InlineData("window")]
    [InlineData("kept")]
    public async Task Acquire_WaitersOfSeveralSilos_GoInTheOrderTheyCame(string rule)
    {
        await Cluster.UseAsync(Paced(rule));
        await Cluster.Throttle.AcquireAsync([("user", "1")]);
        var waiting = new List<Task<Decision>>();
        foreach (var throttle in Cluster.Everywhere())
        {
            waiting.Add(throttle.AcquireAsync(Request).AsTask());
            await Cluster.SettleAsync();
        }

        foreach (var (turn, i) in waiting.Select((t, i) => (t, i)))
        {
            Assert.Equal(i, waiting.Count(t => t.IsCompleted));
            await Cluster.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
            await Cluster.SettleAsync();
            Assert.Equal(i, waiting.Count(t => t.IsCompleted));
            await Cluster.AdvanceAsync(TimeSpan.FromTicks(1));
            Assert.True((await turn.WaitAsync(Patience)).IsAllowed);
        }
    }

    [Fact]
    public async Task Acquire_LineForALeaseOverSeveralSilos_IsServedInOrder()
    {
        await Cluster.UseAsync(LimitBy.Concurrency("jobs", 1, "10m", "user"));
        var held = await Cluster.Throttle.AcquireAsync([("user", "1")]);
        var waiting = new List<Task<Decision>>();
        foreach (var throttle in Cluster.Everywhere())
        {
            waiting.Add(throttle.AcquireAsync(Request).AsTask());
            await Cluster.SettleAsync();
        }

        for (var i = 0; i < waiting.Count; i++)
        {
            Assert.Equal(i, waiting.Count(t => t.IsCompleted));
            Assert.True(await Cluster.Throttle.EndLeaseAsync(held.Lease!));
            held = await waiting[i].WaitAsync(Patience);
            Assert.True(held.IsAllowed);
        }
    }

    [Fact]
    public async Task Acquire_WaiterOnAnotherSiloLeaves_ThoseBehindMoveUp()
    {
        await Cluster.UseAsync(Paced("leaky"));
        await Cluster.Throttle.AcquireAsync([("user", "1")]);
        using var leave = new CancellationTokenSource();
        var leaving = Cluster.ThrottleOf(Cluster.Silos[1]).AcquireAsync(Request, leave.Token).AsTask();
        await Cluster.SettleAsync();
        var behind = Cluster.ThrottleOf(Cluster.Silos[2]).AcquireAsync(Request).AsTask();
        await Cluster.SettleAsync();

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);

        await Cluster.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.True((await behind.WaitAsync(Patience)).IsAllowed);
    }

    [Fact]
    public async Task Timers_OnlyWhileSomebodyWaits()
    {
        await Cluster.UseAsync(Paced("leaky"), LimitBy.Concurrency("jobs", 1, "1m", "job"));
        var before = GrainTimers();
        var held = await Cluster.Throttle.AcquireAsync([("user", "1"), ("job", "1")]);
        await Cluster.SettleAsync();
        Assert.Equal(before, GrainTimers());

        var waiting = Cluster.Throttle.AcquireAsync(Request).AsTask();
        var inLine = Cluster.Throttle.AcquireAsync(new([("job", "1")], 1, TimeSpan.FromSeconds(30))).AsTask();
        await Cluster.SettleAsync();
        Assert.Equal(before + 2, GrainTimers());

        await Cluster.AdvanceAsync(TimeSpan.FromSeconds(10));
        await waiting.WaitAsync(Patience);
        await Eventually.IsTrueAsync(() => GrainTimers() == before + 1, "the bucket with an empty queue has no timer");
        Assert.True(await Cluster.Throttle.EndLeaseAsync(held.Lease!));
        Assert.True((await inLine.WaitAsync(Patience)).IsAllowed);
        await Eventually.IsTrueAsync(() => GrainTimers() == before, "the bucket with an empty line has no timer");
    }

    [Fact]
    public async Task Acquire_ManyGetInLineWhileTheLimitIsRaised_AllHearOfIt()
    {
        const int Rounds = 20;
        await Cluster.UseAsync(Jobs(1));
        for (var limit = 1; limit <= Rounds; limit++)
        {
            var users = Enumerable.Range(0, 100).Select(i => $"{limit}-{i}").ToArray();
            await Task.WhenAll(users.Select(user => Cluster.Throttle.AcquireAsync([("user", user)], limit).AsTask()));

            // At once: some get in line by the old rules, some while they change, some by the new.
            var waiting = users.Select(user => Task.Run(async () => await Cluster.Throttle.AcquireAsync(
                new([("user", user)], 1, TimeSpan.FromSeconds(60))))).ToArray();
            await ThrottleCluster.RulesOf(Cluster.Silos[limit % Cluster.Silos.Count]).ReplaceAsync([Jobs(limit + 1)]);

            Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience), decision => Assert.True(decision.IsAllowed));
        }

        static Rule Jobs(int limit) => LimitBy.Concurrency("jobs", limit, "50s", "user");
    }

    private static Rule Paced(string rule) => rule switch
    {
        "leaky" => LimitBy.LeakyBucket("a", 1, "1/10s", "user"),
        "pace" => LimitBy.Spacing("a", "10s", 5, "user"),
        "window" => LimitBy.FixedWindow("a", 1, "10s", "user"),
        _ => LimitBy.LeakyBucket("a", 1, "1/10s", "user") with { Durability = Durability.Persisted },
    };

    /// <summary>Timers that go by the silos' clocks: some of the silos' own, and those of grains.</summary>
    private int GrainTimers() => Cluster.Silos.Sum(s => ThrottleCluster.ClockOf(s).Armed);
}
