using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Grains.Interfaces;

namespace Throttle.Benchmarks.Cluster;

/// <summary>Bytes on the managed heap that one more activation costs, its entry in the grain directory included.</summary>
internal static class Memory
{
    public static async Task<int> MeasureAsync(string what, int count)
    {
        await using var cluster = await BenchmarkCluster.StartAsync();
        var factory = cluster.Silo.GetRequiredService<IGrainFactory>();
        await ActivateAsync(factory, what, 0, 1_000);
        var before = Heap();
        await ActivateAsync(factory, what, 1_000, count);
        Console.WriteLine(((double)(Heap() - before) / count).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task ActivateAsync(IGrainFactory factory, string what, int first, int count)
    {
        foreach (var some in Enumerable.Range(first, count).Chunk(500))
        {
            await Task.WhenAll(some.Select(i => CallAsync(factory, what, BenchmarkCluster.Key(i))));
        }
    }

    private static Task CallAsync(IGrainFactory factory, string what, string key) => what switch
    {
        "nothing" => factory.GetGrain<INothingGrain>(BucketGrainKey.Of("per-user", key)).DoAsync().AsTask(),
        "token-bucket" => factory.GetGrain<ITokenBucketGrain>(BucketGrainKey.Of("per-user", key)).AcquireAsync().AsTask(),
        _ => throw new ArgumentException($"There is nothing to measure named '{what}'; use nothing or token-bucket.", nameof(what)),
    };

    private static long Heap()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
