using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Calls;

/// <summary>More calls than a grain takes.</summary>
public sealed class OverloadTests
{
    [Theory]
    [InlineData(OnError.Allow, true)]
    [InlineData(OnError.Deny, false)]
    public async Task Acquire_QueueIsFull_OnErrorDecidesAtOnce(OnError onError, bool isAllowed)
    {
        await using var cluster = await ThrottleCluster.StartAsync(new()
        {
            Rules = [LimitBy.Concurrency("jobs", 1, "1h", "user") with { OnError = onError }],
            Buckets = o => o.MaxQueuedCalls = 20,
        });
        var held = await cluster.Throttle.AcquireAsync([("user", "1")]);
        var request = new ThrottleRequest([("user", "1")], 1, TimeSpan.FromMinutes(10));
        using var leave = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 20).Select(_ => cluster.Throttle.AcquireAsync(request, leave.Token).AsTask()).ToArray();
        await Eventually.IsTrueAsync(() => cluster.Calls.HeldInBuckets == 20, "20 callers wait");

        var refused = await cluster.Throttle.AcquireAsync([("user", "1")]);

        Assert.Equal((isAllowed, true), (refused.IsAllowed, refused.Error is not null));
        Assert.Null((await cluster.Throttle.AcquireAsync([("user", "another")])).Error);
        Assert.DoesNotContain(waiting, t => t.IsCompleted);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
        Assert.True(await cluster.Throttle.EndLeaseAsync(held.Lease!));
    }
}
