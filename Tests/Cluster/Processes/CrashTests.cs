using System.Diagnostics;
using Throttle.Core;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>
/// What each durability promises while silos crash and restart: never more than the burst and the rate since the first request,
/// with nothing on top, and of what is persisted never less than that without one batch.
/// </summary>
public sealed class CrashTests
{
    private const int Capacity = 600;
    private const int PerHour = 600;
    private const int Batch = 60;
    private const int Users = 4;

    private const string Rules = """
        version: 1
        rules:
          - id: memory
            key: [quick]
            limit: { algorithm: token-bucket, capacity: 20, refill: 20/s }
            on-error: deny
          - id: persisted
            key: [slow]
            limit: { algorithm: token-bucket, capacity: 600, refill: 600/h }
            on-error: deny
        """;

    [RedisFact]
    public async Task KilledAndRestarted_UnderLoad_AdmitsWhatTheRulesAllow()
    {
        await using var cluster = await ProcessCluster.StartAsync(Rules);
        var watch = Stopwatch.StartNew();
        await using var load = new CountingLoad(cluster.Throttle, ["quick", "slow"], Users);
        await load.EveryoneAnsweredMoreAsync(20);
        var halves = await Task.WhenAll(Enumerable.Range(100, 12).Select(user => AdmittedAsync(cluster, user, atMost: Capacity / 2)));

        await cluster.Silos[2].KillAsync();
        await Eventually.IsTrueAsync(async () => await cluster.Silos[0].NodesAsync() == 2, "the others know that a silo is gone");
        await load.EveryoneAnsweredMoreAsync(50);
        Assert.Equal(0, await cluster.Silos[1].TerminateAsync());
        await load.EveryoneAnsweredMoreAsync(50);
        await cluster.Silos[1].StartAsync();
        await load.EveryoneAnsweredMoreAsync(50);

        AssertBounds(await load.StopAsync(), watch.Elapsed, crashes: 1);
        var rests = await Task.WhenAll(Enumerable.Range(100, 12).Select(user => AdmittedAsync(cluster, user, atMost: int.MaxValue)));
        foreach (var (half, rest) in halves.Zip(rests))
        {
            var most = Capacity + (int)Math.Floor(PerHour * watch.Elapsed.TotalHours);
            Assert.InRange(half.Admitted + rest.Admitted, Capacity - Batch - half.Failed - rest.Failed, most);
        }
    }

    [RedisFact]
    public async Task EverythingKilled_StartedAgain_AdmitsWhatTheRulesAllow()
    {
        await using var cluster = await ProcessCluster.StartAsync(Rules);
        var watch = Stopwatch.StartNew();
        await using var load = new CountingLoad(cluster.Throttle, ["quick", "slow"], Users);
        await load.EveryoneAnsweredMoreAsync(20);

        await Task.WhenAll(cluster.Silos.Select(s => s.KillAsync()));
        await Task.WhenAll(cluster.Silos.Select(s => s.StartAsync()));
        await load.EveryoneAnsweredMoreAsync(50);

        AssertBounds(await load.StopAsync(), watch.Elapsed, crashes: 1);
    }

    /// <summary>Asks for one user until it is refused, or has so many.</summary>
    private static async Task<LoadCount> AdmittedAsync(ProcessCluster cluster, int user, int atMost)
    {
        var count = default(LoadCount);
        while (count.Admitted < atMost && count.Refused == 0)
        {
            count = count.With(await cluster.Throttle.AcquireAsync([("slow", $"{user}")]));
        }

        return count;
    }

    private static void AssertBounds(IReadOnlyDictionary<(string Attribute, int User), LoadCount> counts, TimeSpan elapsed, int crashes)
    {
        foreach (var ((attribute, user), count) in counts)
        {
            var (capacity, perSecond) = attribute == "quick" ? (20, 20.0) : (Capacity, PerHour / 3600.0);
            var most = capacity + (long)Math.Floor(perSecond * elapsed.TotalSeconds);
            Assert.True(
                count.Admitted <= most,
                $"{attribute} {user} got {count.Admitted} in {elapsed}; the rule allows {most} ({count.Failed} calls had no answer).");
        }

        // Each asked until it was refused: what it did not get was set aside at a crash, or granted by an answer that was lost.
        foreach (var (_, count) in counts.Where(c => c.Key.Attribute == "slow"))
        {
            Assert.InRange(count.Admitted, Capacity - (crashes * Batch) - count.Failed, long.MaxValue);
        }
    }
}
