using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Waiting;

/// <summary>Silos that go while callers wait for buckets that live there.</summary>
public sealed class WaitingAtStopTests
{
    // A call that a killed silo held may go unanswered until Orleans gives it up, 30 s later; only then the caller goes on.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly ThrottleRequest Request = new([("user", "1")], 1, TimeSpan.FromSeconds(60));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gone_WhileCallersWaitForTheirInstants_EachGoesAtItsOwn(bool isKilled)
    {
        await using var cluster = await StartAsync();
        await cluster.Throttle.AcquireAsync([("user", "1")]);
        var waiting = new List<Task<Decision>>();
        for (var i = 0; i < 3; i++)
        {
            waiting.Add(cluster.Throttle.AcquireAsync(Request).AsTask());
            await cluster.SettleAsync();
        }

        await LeaveAsync(cluster, isKilled);

        Assert.DoesNotContain(waiting, t => t.IsCompleted);
        for (var i = 0; i < 3; i++)
        {
            await cluster.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.True((await waiting[i].WaitAsync(Patience)).IsAllowed);
        }

        // A killed owner's bucket knows nothing of those who were waiting: it gives what refilled since the loss besides.
        Assert.Equal(isKilled, (await cluster.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        Assert.Equal(TimeSpan.FromSeconds(10), (await cluster.Throttle.AcquireAsync([("user", "1")])).RetryAfter);
    }

    [Fact]
    public async Task Stopped_WhileCallersStandInLine_TheyStandInLineElsewhere()
    {
        await using var cluster = await StartAsync();
        var held = await cluster.Throttle.AcquireAsync([("job", "1")]);
        var waiting = Enumerable.Range(0, 3).Select(_ =>
            cluster.Throttle.AcquireAsync(new([("job", "1")], 1, TimeSpan.FromMinutes(5))).AsTask()).ToList();
        await cluster.SettleAsync();

        await LeaveAsync(cluster, isKilled: false);
        await cluster.SettleAsync();

        Assert.DoesNotContain(waiting, t => t.IsCompleted);
        while (waiting.Count > 0)
        {
            Assert.True(await cluster.Throttle.EndLeaseAsync(held.Lease!));
            var next = await Task.WhenAny(waiting).WaitAsync(Patience);
            waiting.Remove(next);
            held = await next;
            Assert.True(held.IsAllowed);
            await cluster.SettleAsync();
            Assert.DoesNotContain(waiting, t => t.IsCompleted);
        }
    }

    private static async Task<ThrottleCluster> StartAsync()
    {
        var cluster = await ThrottleCluster.StartAsync(new()
        {
            Silos = 3,
            Rules = [LimitBy.LeakyBucket("pace", 1, "1/10s", "user"), LimitBy.Concurrency("jobs", 1, "10m", "job")],
        });
        await cluster.PlaceAsync(cluster.Silos[2], "pace", "1");
        await cluster.PlaceAsync(cluster.Silos[2], "jobs", "1");
        return cluster;
    }

    private static Task LeaveAsync(ThrottleCluster cluster, bool isKilled) =>
        isKilled ? cluster.KillAsync(cluster.Silos[2]) : cluster.Host.StopSiloAsync(cluster.Silos[2]);
}
