using Throttle.Core;
using Throttle.Core.Failures;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Storage;

/// <summary>Storage that is slow, fails or conflicts: <c>on-error</c> is followed, and nothing is granted twice.</summary>
public sealed class StorageFaultTests(SharedCluster shared) : IClassFixture<SharedCluster>, IDisposable
{
    private static readonly Rule Daily = LimitBy.TokenBucket("daily", 100, "100/d", "user") with { OnError = OnError.Deny };

    private ThrottleCluster Cluster => shared.Cluster;

    public void Dispose()
    {
        Cluster.Storage.Break(null);
        Cluster.Storage.Release();
    }

    [Fact]
    public async Task Slow_NobodyIsAnsweredBeforeItIsStored()
    {
        await Cluster.UseAsync(Daily);
        await Cluster.Throttle.PeekAsync(new([("user", "slow")], 0));
        Cluster.Storage.Hold();

        var asked = Cluster.Everywhere().SelectMany(t => Enumerable.Range(0, 30).Select(_ => t.AcquireAsync([("user", "slow")]).AsTask())).ToArray();
        await Eventually.IsTrueAsync(() => Cluster.Storage.Waiting > 0, "a write is under way");
        Assert.DoesNotContain(asked, t => t.IsCompleted && t.Result.IsAllowed);
        Cluster.Storage.Release();

        Assert.Equal(100, (await Task.WhenAll(asked)).Count(d => d.IsAllowed));
    }

    [Fact]
    public async Task Slow_OtherBucketsAreAnswered()
    {
        var quick = LimitBy.TokenBucket("quick", 5, "5/s", "user");
        await Cluster.UseAsync(Daily with { Key = ["day"], Match = [new("day", ["*"])] }, quick);
        Cluster.Storage.Hold();
        var held = Cluster.Throttle.AcquireAsync([("day", "slow")]).AsTask();
        await Eventually.IsTrueAsync(() => Cluster.Storage.Waiting > 0, "storage is asked");

        Assert.Equal(4, (await Cluster.Throttle.AcquireAsync([("user", "1")])).Remaining);

        Assert.False(held.IsCompleted);
        Cluster.Storage.Release();
        Assert.True((await held).IsAllowed);
    }

    [Theory]
    [InlineData(OnError.Allow, true)]
    [InlineData(OnError.Deny, false)]
    public async Task FailsToWrite_OnErrorDecides_AndNothingIsTaken(OnError onError, bool isAllowed)
    {
        await Cluster.UseAsync(Daily with { OnError = onError });
        Cluster.Storage.Break((operation, _) => operation == StorageOperation.Write ? StorageFault.FailsBefore : StorageFault.None);

        var decisions = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Cluster.Throttle.AcquireAsync([("user", "write")]).AsTask()));

        Assert.All(decisions, d => Assert.Equal((isAllowed, true), (d.IsAllowed, d.Error is not null)));
        Cluster.Storage.Break(null);
        var next = await Cluster.Throttle.AcquireAsync([("user", "write")]);
        Assert.Equal((null, 99L), (next.Error, next.Remaining));
    }

    [Theory]
    [InlineData(OnError.Allow, true)]
    [InlineData(OnError.Deny, false)]
    public async Task FailsToRead_OnErrorDecides_UntilItCan(OnError onError, bool isAllowed)
    {
        await Cluster.UseAsync(Daily with { OnError = onError });
        Cluster.Storage.Break((operation, _) => operation == StorageOperation.Read ? StorageFault.FailsBefore : StorageFault.None);

        var failed = await Cluster.Throttle.AcquireAsync([("user", "read")]);

        Assert.Equal((isAllowed, true), (failed.IsAllowed, failed.Error is not null));
        Cluster.Storage.Break(null);
        var next = await Cluster.Throttle.AcquireAsync([("user", "read")]);
        Assert.Equal((null, 99L), (next.Error, next.Remaining));
    }

    [Theory]
    [InlineData(StorageFault.FailsBefore)]
    [InlineData(StorageFault.FailsAfter)]
    [InlineData(StorageFault.Conflict)]
    public async Task Fails_NothingPromisedIsLost(StorageFault fault)
    {
        var key = $"promised {fault}";
        await Cluster.UseAsync(Daily);
        var (promised, writes) = (0, 0);
        Cluster.Storage.Break((operation, _) =>
            operation == StorageOperation.Write && Interlocked.Increment(ref writes) % 2 == 0 ? fault : StorageFault.None);
        for (var i = 0; i < 60; i++)
        {
            promised += (await Cluster.Throttle.AcquireAsync([("user", key)])).IsAllowed ? 1 : 0;
        }

        Cluster.Storage.Break(null);
        await Cluster.SettleAsync();
        await Cluster.Host.DeactivateAsync(Cluster.Bucket("daily", key));

        var left = (await Cluster.Throttle.PeekAsync(new([("user", key)], 0))).Remaining;
        Assert.InRange(promised, 1, 60);
        Assert.InRange(left, 0, 100 - promised);
    }

    [Fact]
    public async Task Conflict_TheOwnerGoesByWhatIsStored()
    {
        await Cluster.UseAsync(Daily);
        await Cluster.Throttle.AcquireAsync([("user", "conflict")], 30);
        Cluster.Storage.Break((operation, _) => operation == StorageOperation.Write ? StorageFault.Conflict : StorageFault.None);

        var failed = await Cluster.Throttle.AcquireAsync([("user", "conflict")], 40);
        Cluster.Storage.Break(null);

        Assert.False(failed.IsAllowed);
        Assert.NotNull(failed.Error);
        var next = await Cluster.Throttle.AcquireAsync([("user", "conflict")]);
        Assert.True(next.IsAllowed);

        // The first write had set a tenth of the limit aside.
        Assert.InRange(next.Remaining, 59, 69);
    }

    [Fact]
    public async Task Unreliable_UnderLoad_AdmitsNoMoreThanTheLimit()
    {
        await Cluster.UseAsync(Daily);
        var random = new Random(20_261_121);
        StorageFault[] faults = [StorageFault.None, StorageFault.None, StorageFault.FailsBefore, StorageFault.FailsAfter, StorageFault.Conflict];
        Cluster.Storage.Break((_, _) =>
        {
            lock (random)
            {
                return faults[random.Next(faults.Length)];
            }
        });

        await using var load = new Load(Cluster.Everywhere(), users: 5);
        await load.AnsweredMoreAsync(3000);
        var admitted = await load.StopAsync();

        Assert.All(admitted, a => Assert.InRange(a, 1, 100));
    }

    [Fact]
    public async Task FailsToWriteRules_TheEditFailsAndChangesNothing()
    {
        await Cluster.UseAsync(Daily);
        var version = Cluster.Rules.Current.Version;
        Cluster.Storage.Break((operation, _) => operation == StorageOperation.Write ? StorageFault.FailsBefore : StorageFault.None);

        var thrown = await Assert.ThrowsAsync<FailureException>(async () => await Cluster.Rules.ReplaceAsync([LimitBy.TokenBucket("b", 1, "1/s")]));
        Cluster.Storage.Break(null);

        Assert.Matches("^The storage failed \\(failure [0-9a-f]{12}\\)\\.$", thrown.Message);
        Assert.Equal(version, (await Cluster.Client.GetRuleGrain().GetAsync()).Version);
        Assert.Equal("daily", (await Cluster.Throttle.AcquireAsync([("user", "1")])).Rule!.Id);
    }
}
