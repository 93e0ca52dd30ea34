using System.Diagnostics;
using Throttle.Benchmarks.Shared;

namespace Throttle.Benchmarks.Local;

/// <summary>
/// Both sides in turn, A B A B …, in one process and one run; the figures are medians, and the ratio is of neighbouring
/// pairs, so that a machine that changes its speed changes both sides.
/// </summary>
internal static class SideBySide
{
    private const int Rounds = 9;
    /// <summary>How long one side of a round runs.</summary>
    public static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(400);

    public static int Run()
    {
        Console.WriteLine($".NET {Environment.Version}, {Environment.ProcessorCount} processors, {Rounds} rounds of {RoundTime.TotalMilliseconds:N0} ms a side");
        Console.WriteLine();
        Console.WriteLine("| keys | threads | LocalThrottle asked by | ns a decision | System.Threading.RateLimiting | ours is faster by |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var threads in (int[])[1, 2])
        {
            Compare(1, threads);
            Compare(10_000, threads);
            Compare(1_000_000, threads);
        }

        Console.WriteLine();
        Console.WriteLine("| keys | LocalThrottle, bytes a key | PartitionedRateLimiter | ours takes |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var keys in (int[])[10_000, 1_000_000])
        {
            var (ours, theirs) = (OwnProcess.Measure("memory", "ours", $"{keys}"), OwnProcess.Measure("memory", "theirs", $"{keys}"));
            Console.WriteLine($"| {keys:N0} | {ours:N0} | {theirs:N0} | {ours / theirs:P0} |");
        }

        Console.WriteLine();
        Matching.Run();
        Console.WriteLine();
        Decisions.Run();
        return 0;
    }

    /// <summary>Median nanoseconds of both, and the median of the pairs' ratios.</summary>
    public static (double A, double B, double Ratio) Pair(Func<int, long> a, Func<int, long> b, int threads)
    {
        Measure(a, threads);
        Measure(b, threads);
        var pairs = Enumerable.Range(0, Rounds).Select(_ => (A: Measure(a, threads), B: Measure(b, threads))).ToArray();
        return (Medians.Of(pairs.Select(p => p.A)), Medians.Of(pairs.Select(p => p.B)), Medians.Of(pairs.Select(p => p.B / p.A)));
    }

    private static void Compare(int keyCount, int threads)
    {
        var keys = Contenders.Keys(keyCount);
        using var ours = Contenders.Ours();
        using var single = Contenders.TheirSingle();
        using var many = Contenders.TheirMany();
        var rule = ours.For("per-user");

        // Every key is there before the clock starts, and is then visited in an order of its own.
        Array.ForEach(keys, k => Must(Contenders.Take(ours, k) && Contenders.Take(many, k)));
        new Random(1).Shuffle(keys);
        Func<int, long> theirs = keyCount == 1
            ? t => Loop(keys, t, _ => Contenders.Take(single))
            : t => Loop(keys, t, k => Contenders.Take(many, k));
        Report(keyCount, threads, "request", Pair(t => Loop(keys, t, k => Contenders.Take(ours, k)), theirs, threads));
        Report(keyCount, threads, "rule and key", Pair(t => Loop(keys, t, k => rule.Acquire(k).IsAllowed), theirs, threads));
    }

    private static void Report(int keys, int threads, string how, (double A, double B, double Ratio) figures) =>
        Console.WriteLine($"| {keys:N0} | {threads} | {how} | {figures.A:N0} | {figures.B:N0} | {figures.Ratio:N2}× |");

    /// <summary>Nanoseconds of thread time a call.</summary>
    private static double Measure(Func<int, long> loop, int threads)
    {
        var start = Stopwatch.GetTimestamp();
        long calls = 0;
        var workers = Enumerable.Range(0, threads)
            .Select(t => new Thread(() => Interlocked.Add(ref calls, loop(t)))).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds * threads / calls;
    }

    private static long Loop(string[] keys, int thread, Func<string, bool> take)
    {
        long calls = 0;
        var place = thread * (keys.Length / 2);
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < RoundTime;)
        {
            for (var i = 0; i < 1000; i++, calls++)
            {
                Must(take(keys[place]));
                place = place + 1 < keys.Length ? place + 1 : 0;
            }
        }

        return calls;
    }

    private static void Must(bool isAllowed)
    {
        if (!isAllowed)
        {
            throw new InvalidOperationException("A benchmark's bucket is never empty.");
        }
    }
}
