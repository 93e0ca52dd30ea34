using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Lifetime;

/// <summary>Grains are collected when their bucket equals a new one, and not before.</summary>
public sealed class CollectionTests : IAsyncLifetime
{
    private static readonly Rule[] Rules =
    [
        LimitBy.TokenBucket("short", 10, "10/h", "user") with { Durability = Durability.Memory },
        LimitBy.TokenBucket("long", 10, "1/d", "user") with { Durability = Durability.Memory },
        LimitBy.TokenBucket("kept", 10, "10/h", "user") with { Durability = Durability.Persisted },
    ];

    private ThrottleCluster? _cluster;

    private ThrottleCluster Cluster => _cluster!;

    // Whether a grain is kept is looked up on the real clock. On one that is a day behind it, what is kept for an hour no longer is, and what is kept for days is.
    public async Task InitializeAsync() => _cluster = await ThrottleCluster.StartAsync(
        new() { Rules = Rules, Start = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1) });

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    [Fact]
    public async Task Collect_OwesNothingAnyMore_IsGone_AndStartsFull()
    {
        await Cluster.Throttle.AcquireAsync([("user", "1")], 4);
        await Cluster.AdvanceAsync(TimeSpan.FromHours(2));

        // One that still has a call to end is passed over.
        await Eventually.IsTrueAsync(
            async () =>
            {
                await CollectAsync();
                return !Lives("short") && !Lives("kept");
            },
            "buckets that are as new are collected");
        Assert.False(Cluster.Storage.Holds(Cluster.Bucket("kept", "1").GetGrainId()));
        Assert.Equal([9L, 5L, 9L], (await Cluster.Throttle.AcquireAsync([("user", "1")])).Rules.Select(r => r.Limiter.Remaining));
    }

    [Fact]
    public async Task Collect_StillOwes_StaysAndKeepsWhatItHolds()
    {
        await Cluster.Throttle.AcquireAsync([("user", "1")], 4);

        await CollectAsync();

        Assert.True(Lives("long"));
        Assert.Equal(5, (await Cluster.Throttle.AcquireAsync([("user", "1")])).Rules.Single(r => r.Rule.Id == "long").Limiter.Remaining);
    }

    [Fact]
    public async Task Deactivated_StillOwes_KeepsWhatItHolds()
    {
        await Cluster.Throttle.AcquireAsync([("user", "1")], 4);

        foreach (var rule in Rules)
        {
            await Cluster.Host.DeactivateAsync(Cluster.Bucket(rule.Id, "1"));
        }

        var after = await Cluster.Throttle.AcquireAsync([("user", "1")]);
        Assert.Equal(5, after.Rules.Single(r => r.Rule.Id == "kept").Limiter.Remaining);
    }

    private Task CollectAsync() => Cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    private bool Lives(string rule) => Cluster.Host.TryGetGrainContext(Cluster.Bucket(rule, "1").GetGrainId(), out _);
}
