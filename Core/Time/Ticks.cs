using System.Diagnostics;

namespace Throttle.Core.Time;

/// <summary>
/// Instants and durations as <see cref="long"/> counts of 100 ns ticks. An instant is UTC, counted like
/// <see cref="DateTime.Ticks"/> from 0001-01-01; a duration saturates at <see cref="Never"/>.
/// </summary>
public static class Ticks
{
    /// <summary>Ticks in one microsecond: the shortest period a limiter accepts.</summary>
    public const long PerMicrosecond = TimeSpan.TicksPerMicrosecond;

    /// <summary>Ticks in one second.</summary>
    public const long PerSecond = TimeSpan.TicksPerSecond;

    /// <summary>Ticks in one day of 24 hours.</summary>
    public const long PerDay = TimeSpan.TicksPerDay;

    /// <summary>The instant 1970-01-01T00:00:00Z.</summary>
    public const long UnixEpoch = 621_355_968_000_000_000;

    /// <summary>The last instant a limiter accepts: the end of the year 9999.</summary>
    public const long MaxInstant = 3_155_378_975_999_999_999;

    /// <summary>A duration longer than any that can be named (over 29,000 years), and the instant that never comes.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The instant <paramref name="duration"/> after <paramref name="instant"/>, saturating at <see cref="Never"/>.</summary>
    public static long Add(long instant, long duration)
    {
        Debug.Assert(instant >= 0 && duration >= 0, "Instants and durations are not negative.");
        return duration > Never - instant ? Never : instant + duration;
    }

    /// <summary>A duration computed with 128 bits, saturated at <see cref="Never"/>.</summary>
    public static long Saturate(Int128 duration) => duration > Never ? Never : (long)duration;

    /// <summary>The duration as a <see cref="TimeSpan"/>; <see cref="Never"/> becomes <see cref="TimeSpan.MaxValue"/>.</summary>
    public static TimeSpan ToTimeSpan(long duration) => new(duration);

    /// <summary>The instant as a <see cref="DateTimeOffset"/> in UTC, at most the end of the year 9999.</summary>
    public static DateTimeOffset ToInstant(long instant) => new(Math.Min(instant, MaxInstant), TimeSpan.Zero);

    /// <summary>Seconds as a decimal, exact to 100 ns.</summary>
    public static decimal ToSeconds(long duration) => (decimal)duration / PerSecond;

    /// <summary>Seconds since the Unix epoch as a decimal, exact to 100 ns; negative before 1970.</summary>
    public static decimal ToUnixSeconds(long instant) => (decimal)(instant - UnixEpoch) / PerSecond;
}
