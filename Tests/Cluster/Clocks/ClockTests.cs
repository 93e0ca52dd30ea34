using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Clocks;

/// <summary>Silos whose clocks differ.</summary>
public sealed class ClockTests
{
    private static readonly Rule[] Rules =
    [
        LimitBy.TokenBucket("token", 10, "10/m", "user"),
        LimitBy.SlidingLog("log", 10, "1m", "user"),
        LimitBy.TokenBucket("kept", 10, "10/h", "user"),
        LimitBy.SlidingLog("kept-log", 10, "1h", "user"),
    ];

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task Move_ToASiloWithAnotherClock_GrantsNothingTwice(int secondsAhead)
    {
        await using var cluster = await StartAsync(secondsAhead);
        var owner = cluster.Silos.Single(s => s.Name == "Silo_1");
        foreach (var rule in Rules)
        {
            await cluster.PlaceAsync(owner, rule.Id, "1");
        }

        await cluster.Throttle.AcquireAsync([("user", "1")], 10);
        await cluster.Host.StopSiloAsync(owner);

        // A clock that is ahead gives what refills in the difference too early; one that is behind gives it that much later.
        Assert.False((await cluster.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        await cluster.AdvanceAsync(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(3));
        Assert.All(
            (await cluster.Throttle.PeekAsync(new([("user", "1")], 0))).Rules, r => Assert.Equal((r.Rule.Id, 10L), (r.Rule.Id, r.Limiter.Remaining)));
    }

    [Fact]
    public async Task Wait_ClientAndOwnerDiffer_DelaysAreTheOwners()
    {
        await using var cluster = await StartAsync(secondsAhead: 3600);
        await cluster.Rules.ReplaceAsync([LimitBy.LeakyBucket("pace", 1, "1/s", "user")]);
        foreach (var silo in cluster.Silos)
        {
            await cluster.PlaceAsync(silo, "pace", silo.Name);
            var request = new ThrottleRequest([("user", silo.Name)], 1, TimeSpan.FromSeconds(10));
            await cluster.Throttle.ReserveAsync(request);

            Assert.Equal(TimeSpan.FromSeconds(1), (await cluster.Throttle.ReserveAsync(request)).Delay);
            var waiting = cluster.Throttle.AcquireAsync(request).AsTask();
            await cluster.AdvanceAsync(TimeSpan.FromSeconds(2));
            Assert.True((await waiting).IsAllowed);
        }
    }

    [Fact]
    public async Task Lease_OwnersClockIsAhead_EndsAfterTheLeaseTimeAllTheSame()
    {
        await using var cluster = await StartAsync(secondsAhead: 3600);
        await cluster.Rules.ReplaceAsync([LimitBy.Concurrency("jobs", 1, "10s", "user")]);
        foreach (var silo in cluster.Silos)
        {
            await cluster.PlaceAsync(silo, "jobs", silo.Name);
            var held = await cluster.Throttle.AcquireAsync([("user", silo.Name)]);
            await cluster.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
            Assert.False((await cluster.Throttle.AcquireAsync([("user", silo.Name)])).IsAllowed);
            await cluster.AdvanceAsync(TimeSpan.FromTicks(1));
            Assert.True((await cluster.Throttle.AcquireAsync([("user", silo.Name)])).IsAllowed);
            Assert.False(await cluster.Throttle.EndLeaseAsync(held.Lease!));
        }
    }

    private static Task<ThrottleCluster> StartAsync(int secondsAhead) => ThrottleCluster.StartAsync(new()
    {
        Silos = 2,
        Rules = Rules,
        ClockOffset = name => name == "Silo_0" ? TimeSpan.FromSeconds(secondsAhead) : TimeSpan.Zero,
    });
}
