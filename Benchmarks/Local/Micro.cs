using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using Throttle.Core.Limiters;
using Throttle.Core.Local;

namespace Throttle.Benchmarks.Local;

/// <summary>One take from each limiter, without an engine around it, and from buckets whose limits come with the calls; with BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class Micro
{
    private const int Keys = 100_000;
    private readonly TokenBucket _bucket = new(1_000_000, new Rate(1_000_000, TimeSpan.TicksPerSecond));
    private readonly FixedWindow _window = new(long.MaxValue >> 10, TimeSpan.TicksPerMinute);
    private readonly SlidingWindow _sliding = new(long.MaxValue >> 10, TimeSpan.TicksPerMinute);
    private readonly LocalThrottle _throttle = new();
    private readonly GcraSpec _limit = new(new Rate(1, TimeSpan.TicksPerDay), 1_000_000_000);
    private readonly GcraSpec _equal = new(new Rate(1, TimeSpan.TicksPerDay), 1_000_000_000);
    private readonly string[] _keys = [.. Enumerable.Range(0, Keys).Select(i => $"user:{i}")];
    private int _next;
    private TokenBucketState _bucketState;
    private FixedWindowState _windowState;
    private SlidingWindowState _slidingState;
    private long _now = Core.Time.Ticks.UnixEpoch;

    /// <summary>New buckets.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (_bucketState, _windowState, _slidingState) = (_bucket.Create(_now), _window.Create(_now), _sliding.Create(_now));
        foreach (var key in _keys)
        {
            _throttle.InlineLimits.TryAsk(new("redis", key, _limit), out _);
        }
    }

    /// <summary>A take with time passing.</summary>
    [Benchmark]
    public bool TokenBucket() => _bucket.Acquire(ref _bucketState, 1, _now += 10).IsAllowed;

    /// <summary>A take with time passing.</summary>
    [Benchmark]
    public bool FixedWindow() => _window.Acquire(ref _windowState, 1, _now += 10).IsAllowed;

    /// <summary>A take with time passing.</summary>
    [Benchmark]
    public bool SlidingWindow() => _sliding.Acquire(ref _slidingState, 1, _now += 10).IsAllowed;

    /// <summary>A take from one bucket of 100,000, whose limit comes with the call; the whole way, clock, lock and count included.</summary>
    [Benchmark]
    public bool InlineTryAsk() => _throttle.InlineLimits.TryAsk(new("redis", _keys[_next = (_next + 7919) % Keys], _limit), out var decision) && decision.IsAllowed;

    /// <summary>The same by an equal limit of another object.</summary>
    [Benchmark]
    public bool InlineTryAskEqualLimit() => _throttle.InlineLimits.TryAsk(new("redis", _keys[_next = (_next + 7919) % Keys], _equal), out var decision) && decision.IsAllowed;

    /// <summary>A take from one hot bucket.</summary>
    [Benchmark]
    public bool InlineTryAskHot() => _throttle.InlineLimits.TryAsk(new("redis", _keys[0], _limit), out var decision) && decision.IsAllowed;

    /// <summary>Ends the throttle.</summary>
    [GlobalCleanup]
    public void Cleanup() => _throttle.Dispose();

    internal static int Run(string[] args)
    {
        BenchmarkRunner.Run<Micro>(args: args);
        return 0;
    }
}
