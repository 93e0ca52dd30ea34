using System.Text;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Grains;
using Throttle.Grains.Queues;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Queues;

/// <summary>The index of queues: who is in it, and who is woken by it.</summary>
public sealed class WorkIndexTests
{
    private static readonly Rule Mail = LimitBy.Queue("mail", 20, "1/s", "user");

    // Whether a grain is kept is looked up on the real clock: of one that is a day behind it, what is kept for minutes no longer is.
    private static readonly DateTimeOffset Yesterday = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1);

    [Fact]
    public async Task Queue_CollectedWhenItIsIdle_LeavesTheIndexAndComesBack()
    {
        var worker = new Worker();
        await using var cluster = await ThrottleCluster.StartAsync(new() { Rules = [Mail], Processor = worker, Start = Yesterday });
        var index = cluster.Client.GetGrain<IWorkIndexGrain>(WorkIndex.KeyOf("mail/1")).GetGrainId();
        await EnqueueAsync(cluster, "a");
        await DeliveredAsync(cluster, worker, "a");
        Assert.True(cluster.Storage.Holds(index));

        await IsCollectedAsync(cluster);

        await Eventually.IsTrueAsync(() => !cluster.Storage.Holds(index), "the queue has left the index");
        await EnqueueAsync(cluster, "b");
        Assert.True(cluster.Storage.Holds(index));
        await DeliveredAsync(cluster, worker, "b");
        Assert.Equal(["a", "b"], worker.Of("1"));
    }

    /// <summary>What has failed for good is kept, and its record with it: that is no sign of being in the index.</summary>
    [Fact]
    public async Task Queue_CollectedWithFailedWork_ComesBackToTheIndex_AndGoesOnAfterAKill()
    {
        var worker = new Worker { Answer = (_, _) => new(WorkResult.Failed("never")) };
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = [Mail], Processor = worker, Start = Yesterday });
        var index = cluster.Client.GetGrain<IWorkIndexGrain>(WorkIndex.KeyOf("mail/1")).GetGrainId();
        await EnqueueAsync(cluster, "a");
        await DeliveredAsync(cluster, worker, "a");
        await IsCollectedAsync(cluster);
        await Eventually.IsTrueAsync(() => !cluster.Storage.Holds(index), "the queue has left the index");
        worker.Answer = (_, _) => new(WorkResult.Done);

        await EnqueueAsync(cluster, "b");
        await EnqueueAsync(cluster, "c");
        Assert.True(cluster.Storage.Holds(index));
        var owner = await cluster.SiloOfAsync("mail", "1");
        await cluster.Host.KillSiloAsync(cluster.Silos.Single(silo => silo.SiloAddress.Equals(owner)));

        await AdvanceUntilAsync(cluster, () => worker.Of("1").Contains("c"), "everything is delivered without anybody asking");
        Assert.Equal(["a", "b", "c"], worker.Of("1").Distinct());
    }

    [Fact]
    public async Task Queue_WithWorkInLine_IsNotCollectedAndStaysInTheIndex()
    {
        var worker = new Worker();
        await using var cluster = await ThrottleCluster.StartAsync(new() { Rules = [Mail], Processor = worker, Start = Yesterday });
        var index = cluster.Client.GetGrain<IWorkIndexGrain>(WorkIndex.KeyOf("mail/1")).GetGrainId();
        await EnqueueAsync(cluster, "a");
        await EnqueueAsync(cluster, "b");

        await CollectAsync(cluster);

        Assert.True(cluster.Host.TryGetGrainContext(cluster.Bucket("mail", "1").GetGrainId(), out _));
        Assert.True(cluster.Storage.Holds(index));
        await DeliveredAsync(cluster, worker, "b");
        Assert.Equal(["a", "b"], worker.Of("1"));
    }

    [Fact]
    public void WakeInterval_IsFiveMinutes() => Assert.Equal(TimeSpan.FromMinutes(5), new BucketGrainOptions().WakeInterval);

    [Fact]
    public async Task Queue_ThatNobodyWoke_IsWokenNowAndThen()
    {
        var (idle, worker) = (new Worker(), new Worker());
        var storage = new TestStorage();
        await using var cluster = await ThrottleCluster.StartAsync(new()
        {
            Rules = [Mail],
            Processor = worker,
            Storage = storage,
            Buckets = o => o.WakeInterval = TimeSpan.FromMilliseconds(100),
        });

        // Work comes to storage in a way that this cluster hears nothing of: neither its rules nor its members change.
        idle.Answer = (_, _) => new(WorkResult.Retry("not here"));
        await using (var other = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = [Mail], Processor = idle, Storage = storage }))
        {
            await EnqueueAsync(other, "a");
            await EnqueueAsync(other, "b");
            await Eventually.IsTrueAsync(() => idle.Of("1").Count > 0, "the first is tried");
            await other.Host.KillSiloAsync(other.Silos[0]);
        }

        await cluster.EndBucketsAsync();
        await AdvanceUntilAsync(cluster, () => worker.Of("1").Contains("b"), "everything is delivered without anybody asking");

        Assert.Equal(["a", "b"], worker.Of("1").Distinct());
    }

    private static async Task EnqueueAsync(ThrottleCluster cluster, string id) => Assert.Equal(
        WorkAnswerStatus.Queued,
        (await cluster.Queues.EnqueueAsync("mail", "1", new(id, Encoding.UTF8.GetBytes(id), "text/plain"))).Status);

    private static async Task DeliveredAsync(ThrottleCluster cluster, Worker worker, string id)
    {
        await AdvanceUntilAsync(cluster, () => worker.Of("1").Contains(id), $"{id} is delivered");
        await Eventually.IsTrueAsync(
            async () => await cluster.Queues.InspectAsync("mail", "1") is { Length: 0, IsDelivering: false }, "nothing is in line");
    }

    private static async Task CollectAsync(ThrottleCluster cluster)
    {
        // What was done is remembered for ten minutes.
        await cluster.SettleAsync();
        await cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
    }

    /// <summary>A grain that still has a call to end is passed over, so it is tried until it is gone.</summary>
    private static Task IsCollectedAsync(ThrottleCluster cluster) => Eventually.IsTrueAsync(
        async () =>
        {
            await CollectAsync(cluster);
            return !cluster.Host.TryGetGrainContext(cluster.Bucket("mail", "1").GetGrainId(), out _);
        },
        "the queue is collected");

    private static Task AdvanceUntilAsync(ThrottleCluster cluster, Func<bool> isTrue, string expected) => Eventually.IsTrueAsync(
        () =>
        {
            cluster.Time.Advance(TimeSpan.FromMilliseconds(250));
            return isTrue();
        },
        expected);
}
