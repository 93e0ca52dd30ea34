using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using Throttle.Core.Limiters;

namespace Throttle.Benchmarks.Local;

/// <summary>One take from each limiter, without an engine around it; with BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class Micro
{
    private readonly TokenBucket _bucket = new(1_000_000, new Rate(1_000_000, TimeSpan.TicksPerSecond));
    private readonly FixedWindow _window = new(long.MaxValue >> 10, TimeSpan.TicksPerMinute);
    private readonly SlidingWindow _sliding = new(long.MaxValue >> 10, TimeSpan.TicksPerMinute);
    private TokenBucketState _bucketState;
    private FixedWindowState _windowState;
    private SlidingWindowState _slidingState;
    private long _now = Core.Time.Ticks.UnixEpoch;

    /// <summary>New buckets.</summary>
    [GlobalSetup]
    public void Setup() =>
        (_bucketState, _windowState, _slidingState) = (_bucket.Create(_now), _window.Create(_now), _sliding.Create(_now));

    /// <summary>A take with time passing.</summary>
    [Benchmark]
    public bool TokenBucket() => _bucket.Acquire(ref _bucketState, 1, _now += 10).IsAllowed;

    /// <summary>A take with time passing.</summary>
    [Benchmark]
    public bool FixedWindow() => _window.Acquire(ref _windowState, 1, _now += 10).IsAllowed;

    /// <summary>A take with time passing.</summary>
    [Benchmark]
    public bool SlidingWindow() => _sliding.Acquire(ref _slidingState, 1, _now += 10).IsAllowed;

    internal static int Run(string[] args)
    {
        BenchmarkRunner.Run<Micro>(args: args);
        return 0;
    }
}
