namespace Throttle.Core.Time;

/// <summary>
/// The present instant in ticks, UTC, that never goes back: the wall clock when it was made, moved on by the provider's
/// monotonic time. A wall clock that is set afterwards, either way, refills nothing and stalls nothing.
/// </summary>
public sealed class MonotonicClock
{
    private readonly TimeProvider _time;
    private readonly long _startInstant;
    private readonly long _startTimestamp;
    private readonly long _frequency;
    private readonly long _countsPerTick;

    /// <summary>A clock over a provider.</summary>
    public MonotonicClock(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _frequency = time.TimestampFrequency;
        _countsPerTick = _frequency % Ticks.PerSecond == 0 ? _frequency / Ticks.PerSecond : 0;
        _startInstant = time.GetUtcNow().UtcTicks;
        _startTimestamp = time.GetTimestamp();
    }

    /// <summary>The present instant in ticks; at most <see cref="Ticks.MaxInstant"/>.</summary>
    public long Now
    {
        get
        {
            var counts = Math.Max(0, _time.GetTimestamp() - _startTimestamp);
            var elapsed = _countsPerTick > 0
                ? counts / _countsPerTick
                : Ticks.Saturate((Int128)counts * Ticks.PerSecond / _frequency);
            return _startInstant + Math.Min(elapsed, Ticks.MaxInstant - _startInstant);
        }
    }
}
