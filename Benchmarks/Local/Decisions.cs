using System.Diagnostics;
using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Benchmarks.Local;

/// <summary>What parts of a decision cost: counting it for usage, and a leak that adapts.</summary>
internal static class Decisions
{
    private const int Keys = 10_000;
    private const int Most = 1_000_000_000;

    public static void Run()
    {
        Console.WriteLine("| a decision by rule and key | threads | plain, ns | this, ns | costs |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var keys in (int[])[1, Keys])
        {
            Usage(keys, threads: 1);
            Usage(keys, threads: 2);
        }

        // Fill levels of the map's three parts, of a bucket that is asked again and again at one instant and as time passes.
        foreach (var (what, level) in ((string, int)[])[("nearly empty", 1), ("half full", 500), ("nearly full", 999)])
        {
            Adaptive(what, level);
        }
    }

    public static int RunAlone()
    {
        Run();
        return 0;
    }

    private static void Usage(int keyCount, int threads)
    {
        var keys = Contenders.Keys(keyCount);
        using var throttle = Contenders.Ours();
        var set = throttle.Rules.Current;
        Func<int, long> counted = t => Loop(keys, t, key =>
        {
            var isAllowed = throttle.TryAcquire(new(set, 0, key, 1), out var decision);
            throttle.Count(set, 0, new RuleDecision(set.Rules[0], key, decision));
            return isAllowed;
        });
        Func<int, long> uncounted = t => Loop(keys, t, key => throttle.TryAcquire(new(set, 0, key, 1), out _));
        Report(FormattableString.Invariant($"counted for usage, {keyCount:N0} keys"), threads, SideBySide.Pair(uncounted, counted, threads));
    }

    private static void Adaptive(string what, int level)
    {
        // Each bucket holds its level at the start of every round, and a thousand decisions later about as much.
        var plain = new LeakyBucket(1_000, new Rate(1_000, TimeSpan.TicksPerSecond));
        var adaptive = new AdaptiveLeakyBucket(1_000, new Rate(1_000, TimeSpan.TicksPerSecond), new AdaptiveNumbers());
        Report($"adaptive, {what}", 1, SideBySide.Pair(_ => Loop(plain, level), _ => Loop(adaptive, level), threads: 1));
    }

    /// <summary>One permit a millisecond: what leaks in between, where the factor is 1.</summary>
    private static long Loop<TState>(ILimiter<TState> limiter, int level)
        where TState : struct
    {
        long calls = 0;
        var now = Core.Time.Ticks.UnixEpoch;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < SideBySide.RoundTime;)
        {
            var state = limiter.Create(now);
            limiter.Acquire(ref state, level, now);
            for (var i = 0; i < 1000; i++, calls++)
            {
                limiter.Acquire(ref state, 1, now += TimeSpan.TicksPerMillisecond);
            }
        }

        return calls;
    }

    private static long Loop(string[] keys, int thread, Func<string, bool> take)
    {
        long calls = 0;
        var place = thread * (keys.Length / 2);
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < SideBySide.RoundTime;)
        {
            for (var i = 0; i < 1000; i++, calls++)
            {
                if (!take(keys[place]))
                {
                    throw new InvalidOperationException("A benchmark's bucket is never empty.");
                }

                place = place + 1 < keys.Length ? place + 1 : 0;
            }
        }

        return calls;
    }

    private static void Report(string what, int threads, (double A, double B, double Ratio) figures) =>
        Console.WriteLine($"| {what} | {threads} | {figures.A:N1} | {figures.B:N1} | {figures.Ratio:N2}× |");
}
