using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Benchmarks.Shared;
using Throttle.Core;
using Throttle.Grains.Interfaces;

namespace Throttle.Benchmarks.Cluster;

/// <summary>
/// Decisions on 10,000 keys against calls that do nothing to as many grains, in turn, A B A B …, in one process and one run. The
/// figures are medians, and the ratio is of neighbouring rounds, so that a machine that changes its speed changes both sides.
/// </summary>
internal static class Calls
{
    private const int KeyCount = 10_000;
    private const int BatchSize = 100;
    private const int WarmUpRounds = 10;
    private const int Rounds = 9;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Makes calls from one place in the keys on, and returns how many decisions that were.</summary>
    private delegate ValueTask<int> Caller(int place);

    public static async Task<int> RunAsync()
    {
        Console.WriteLine($".NET {Environment.Version}, {Environment.ProcessorCount} processors, {KeyCount:N0} keys, {Rounds} rounds of {RoundTime.TotalMilliseconds:N0} ms a side");
        Console.WriteLine();
        Console.WriteLine("| client | callers | asked through | decisions/s | calls that do nothing/s | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|");
        await using (var cluster = await BenchmarkCluster.StartAsync())
        {
            foreach (var callers in (int[])[1, 100])
            {
                await CompareAsync("hosted", cluster.Silo, callers);
                await CompareAsync("external", cluster.External, callers);
            }
        }

        const int Activations = 100_000;
        var nothing = OwnProcess.Measure("memory", "nothing", $"{Activations}");
        var bucket = OwnProcess.Measure("memory", "token-bucket", $"{Activations}");
        Console.WriteLine();
        Console.WriteLine("| bytes an activation | empty grain | token bucket | more |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine($"| {Activations:N0} of them | {nothing:N0} | {bucket:N0} | {bucket - nothing:N0} |");
        return 0;
    }

    private static async Task CompareAsync(string client, IServiceProvider services, int callers)
    {
        var factory = services.GetRequiredService<IGrainFactory>();
        var throttle = services.GetRequiredService<IThrottle>();
        var keys = Enumerable.Range(0, KeyCount).Select(BenchmarkCluster.Key).ToArray();
        new Random(1).Shuffle(keys);
        var nothings = Array.ConvertAll(keys, k => factory.GetGrain<INothingGrain>(BucketGrainKey.Of("per-user", k)));
        var buckets = Array.ConvertAll(keys, k => factory.GetGrain<ITokenBucketGrain>(BucketGrainKey.Of("per-user", k)));
        var requests = Array.ConvertAll(keys, BenchmarkCluster.Request);
        var batches = requests.Chunk(BatchSize).ToArray();

        Caller nothing = async i => Must(await nothings[i % KeyCount].DoAsync());
        Caller grain = async i => Must((await buckets[i % KeyCount].AcquireAsync()).IsAllowed);
        Caller single = async i => Must((await throttle.AcquireAsync(requests[i % KeyCount])).IsAllowed);
        Caller batch = async i => (await throttle.ReserveEachAsync(batches[i % batches.Length])).Sum(d => Must(d.IsAllowed));
        await ReportAsync(client, callers, "the grain", grain, nothing);
        await ReportAsync(client, callers, "IThrottle", single, nothing);
        await ReportAsync(client, callers, $"IThrottle, {BatchSize} at once", batch, nothing);
    }

    private static async Task ReportAsync(string client, int callers, string how, Caller ours, Caller nothing)
    {
        // Every activation is there before the clock starts.
        for (var i = 0; i < KeyCount; i++)
        {
            await ours(i);
            await nothing(i);
        }

        var pairs = new List<(double Ours, double Nothing)>();
        for (var round = 0; round < WarmUpRounds + Rounds; round++)
        {
            pairs.Add((await RateAsync(ours, callers), await RateAsync(nothing, callers)));
        }

        // Code that is seldom called until then is compiled again and again, for seconds.
        pairs.RemoveRange(0, WarmUpRounds);

        Console.WriteLine(
            $"| {client} | {callers} | {how} | {Medians.Of(pairs.Select(p => p.Ours)):N0} | {Medians.Of(pairs.Select(p => p.Nothing)):N0} | {Medians.Of(pairs.Select(p => p.Ours / p.Nothing)):N2}× |");
    }

    /// <summary>Decisions a second, of so many callers that each ask again as soon as they are answered.</summary>
    private static async Task<double> RateAsync(Caller caller, int callers)
    {
        var start = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(Enumerable.Range(0, callers).Select(c => Task.Run(() => LoopAsync(caller, c, start))));
        return done.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<long> LoopAsync(Caller caller, int number, long start)
    {
        long decisions = 0;
        for (var place = number * 97; Stopwatch.GetElapsedTime(start) < RoundTime; place++)
        {
            decisions += await caller(place);
        }

        return decisions;
    }

    private static int Must(bool isAllowed) =>
        isAllowed ? 1 : throw new InvalidOperationException("A benchmark's bucket is never empty.");
}
