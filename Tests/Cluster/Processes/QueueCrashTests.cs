using System.Globalization;
using System.Text;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>Work handed over to real silos with Redis: at least once and in order, whatever is killed.</summary>
public sealed class QueueCrashTests
{
    private const int Keys = 8;
    private const int Items = 30;

    [RedisFact]
    public async Task Silo_KilledAndAnotherStoppedWhileTheyDeliver_EverythingComesInOrder()
    {
        await using var hook = new WorkHook();
        await using var cluster = await ProcessCluster.StartAsync($$"""
            version: 1
            rules:
              - id: mail
                key: [user]
                limit: { algorithm: queue, capacity: 100, drain: 10/s }
                deliver: { url: "{{hook.Url}}", timeout: 5s, attempts: 10, backoff: 100ms }
            """);
        await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => EnqueueAllAsync(cluster, key, 0, Items / 2)));
        await CameAsync(hook, 3);

        await cluster.Silos[2].KillAsync();
        await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => EnqueueAllAsync(cluster, key, Items / 2, Items)));
        await CameAsync(hook, Items / 2);
        Assert.Equal(0, await cluster.Silos[1].TerminateAsync());
        await CameAsync(hook, Items);

        AssertInOrder(hook);
    }

    [RedisFact]
    public async Task Everything_KilledAndStartedAgain_GoesOnWithoutAnybodyAsking()
    {
        await using var hook = new WorkHook();
        await using var cluster = await ProcessCluster.StartAsync($$"""
            version: 1
            rules:
              - id: mail
                key: [user]
                limit: { algorithm: queue, capacity: 100, drain: 5/s }
                deliver: { url: "{{hook.Url}}", timeout: 5s, attempts: 10, backoff: 100ms }
            """);
        await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => EnqueueAllAsync(cluster, key, 0, Items)));
        await CameAsync(hook, 3);

        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        Assert.All(Enumerable.Range(0, Keys), key => Assert.InRange(hook.Of($"{key}").Count, 1, Items - 1));
        await Task.WhenAll(cluster.Silos.Select(silo => silo.StartAsync()));
        await CameAsync(hook, Items);

        AssertInOrder(hook);
    }

    private static void AssertInOrder(WorkHook hook) => Assert.All(Enumerable.Range(0, Keys), key =>
    {
        var came = hook.Of($"{key}").Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(Enumerable.Range(0, Items), came.Distinct());
        Assert.Equal(came.Order(), came);
    });

    /// <summary>One after the other; an answer that was lost is asked for again, under the same id.</summary>
    private static async Task EnqueueAllAsync(ProcessCluster cluster, int key, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var id = i.ToString(CultureInfo.InvariantCulture);
            await Eventually.IsTrueAsync(
                async () => (await cluster.Queues.EnqueueAsync("mail", $"{key}", new(id, Encoding.UTF8.GetBytes(id), "text/plain"))).IsAccepted,
                $"{id} of {key} is accepted");
        }
    }

    private static Task CameAsync(WorkHook hook, int each) => Eventually.IsTrueAsync(
        () => Enumerable.Range(0, Keys).All(key => hook.Of($"{key}").Distinct().Count() >= each), $"{each} of each key have come");
}
