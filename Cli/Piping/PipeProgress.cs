using System.Globalization;
using Spectre.Console;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Cli.Piping;

/// <summary>Counts what goes out and says so on standard error: in one line that changes, or where nobody watches in a line every ten seconds.</summary>
internal sealed class PipeProgress(Terminal terminal, Rate rate, long burst)
{
    private const long WatchedTicks = Ticks.PerSecond / 4;
    private const long UnwatchedTicks = 10 * Ticks.PerSecond;

    private static readonly (string Unit, long Bytes)[] Units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10)];

    private readonly MonotonicClock _clock = new(terminal.Clock);
    private long? _begunAt;
    private long _bytes;
    private long _shownAt;
    private long _shownBytes;

    /// <summary>The line that changes; null where there is none.</summary>
    public StatusContext? Status { get; set; }

    /// <summary>Whether it only counts.</summary>
    public bool IsQuiet { get; set; }

    private long Elapsed => _begunAt is { } at ? _clock.Now - at : 0;

    /// <summary>The first byte is there: time counts from now.</summary>
    public void Begin() => (_begunAt, _shownAt) = _begunAt is null ? (_clock.Now, _clock.Now) : (_begunAt, _shownAt);

    /// <summary>So many more have gone out.</summary>
    public void Add(int bytes)
    {
        _bytes += bytes;
        var now = _clock.Now;
        if (IsQuiet || now - _shownAt < (Status is null ? UnwatchedTicks : WatchedTicks))
        {
            return;
        }

        var text = $"{About(_bytes)} in {Seconds(Elapsed)} s, now {About(PerSecond(_bytes - _shownBytes, now - _shownAt))}/s";
        if (Status is null)
        {
            terminal.Error.WriteLine($"throttle: {text}");
        }
        else
        {
            Status.Status = text;
        }

        (_shownAt, _shownBytes) = (now, _bytes);
    }

    /// <summary>What went out in all, and what might have.</summary>
    public void ShowTotal()
    {
        var elapsed = Elapsed;
        var allowed = burst + ((Int128)elapsed * rate.Permits / rate.PeriodTicks);
        var average = elapsed > 0 ? $", {About(PerSecond(_bytes, elapsed))}/s" : "";
        terminal.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"throttle: {_bytes:N0} bytes in {Seconds(elapsed)} s{average}; burst + rate × time is {allowed:N0}"));
    }

    private static Int128 PerSecond(long bytes, long ticks) => (Int128)bytes * Ticks.PerSecond / Math.Max(1, ticks);

    private static string Seconds(long ticks) => Ticks.ToSeconds(ticks).ToString("0.000", CultureInfo.InvariantCulture);

    private static string About(Int128 bytes)
    {
        foreach (var (unit, size) in Units)
        {
            if (bytes >= size)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{(decimal)bytes / size:N1} {unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
    }
}
