using Throttle.Core.Time;

namespace Throttle.Cli.Replay;

/// <summary>Counts of requests over time, in slices of one round length that cover the whole recording.</summary>
internal sealed class TimeSlices
{
    /// <summary>The most slices there are.</summary>
    public const int MaxCount = 24;

    private static readonly long[] Lengths =
    [
        .. new long[] { 1, 2, 5, 10, 20, 50, 100, 200, 500 }.Select(ms => ms * TimeSpan.TicksPerMillisecond),
        .. new long[] { 1, 2, 5, 10, 15, 30 }.Select(seconds => seconds * TimeSpan.TicksPerSecond),
        .. new long[] { 1, 2, 5, 10, 15, 30 }.Select(minutes => minutes * TimeSpan.TicksPerMinute),
        .. new long[] { 1, 2, 3, 4, 6, 12 }.Select(hours => hours * TimeSpan.TicksPerHour),
        .. new long[] { 1, 2, 7, 14, 28, 56, 182, 364, 728 }.Select(days => days * TimeSpan.TicksPerDay),
    ];

    private readonly long _start;
    private readonly long[] _allowed;
    private readonly long[] _refused;

    /// <summary>Slices from the first to the last instant, both in ticks and included; aligned to the Unix epoch.</summary>
    public TimeSlices(long first, long last)
    {
        Length = LengthFor(first, last);
        _start = Align(first, Length);
        var count = (int)(((last - _start) / Length) + 1);
        _allowed = new long[count];
        _refused = new long[count];
    }

    /// <summary>The length of each, in ticks.</summary>
    public long Length { get; }

    /// <summary>The slices in order, empty ones included.</summary>
    public IReadOnlyList<TimeSlice> All =>
        [.. Enumerable.Range(0, _allowed.Length).Select(i => new TimeSlice(_start + (i * Length), _allowed[i], _refused[i]))];

    /// <summary>Counts a request.</summary>
    public void Add(long at, bool isAllowed) => (isAllowed ? _allowed : _refused)[(at - _start) / Length]++;

    private static long LengthFor(long first, long last)
    {
        foreach (var length in Lengths)
        {
            if (((last - Align(first, length)) / length) < MaxCount)
            {
                return length;
            }
        }

        // Beyond half a lifetime: as many times the longest as are needed.
        var longest = Lengths[^1];
        return longest * (((last - Align(first, longest)) / longest / (MaxCount - 1)) + 1);
    }

    private static long Align(long instant, long length)
    {
        var past = (instant - Ticks.UnixEpoch) % length;
        var start = instant - (past < 0 ? past + length : past);
        return Math.Max(0, start);
    }
}
