using System.Globalization;
using Spectre.Console;
using Throttle.Core.Time;

namespace Throttle.Cli.Replay;

/// <summary>Requests over time: a bar for each slice, the allowed part full and the refused part hatched.</summary>
internal static class TimePlot
{
    private const int MinBar = 10;
    private const int MaxBar = 60;

    /// <summary>Draws it, as wide as the console.</summary>
    public static void Show(IAnsiConsole console, TimeSlices slices)
    {
        var all = slices.All;
        var labels = all.Select(slice => Label(slice.Start, slices.Length)).ToList();
        var allowed = all.Select(slice => Tables.Number(slice.Allowed)).ToList();
        var refused = all.Select(slice => slice.Refused == 0 ? "" : Tables.Number(slice.Refused)).ToList();
        int[] widths = [labels.Max(l => l.Length), Math.Max(7, allowed.Max(a => a.Length)), Math.Max(7, refused.Max(r => r.Length))];
        var bar = Math.Clamp(console.Profile.Width - widths.Sum() - 7, MinBar, MaxBar);
        var most = all.Max(slice => slice.Allowed + slice.Refused);

        console.MarkupLine(
            $"Requests in each {Durations.Format(slices.Length)}, UTC: [green]{Block(console, isRefused: false)}[/] allowed, "
            + $"[red]{Block(console, isRefused: true)}[/] refused");
        for (var i = 0; i < all.Count; i++)
        {
            var (full, hatched) = Lengths(all[i], most, bar);
            console.MarkupLine(
                $"  {labels[i].PadRight(widths[0])} [green]{new string(Block(console, false), full)}[/]"
                + $"[red]{new string(Block(console, true), hatched)}[/]{new string(' ', bar - full - hatched)} "
                + $"{allowed[i].PadLeft(widths[1])} [red]{refused[i].PadLeft(widths[2])}[/]");
        }
    }

    /// <summary>How long the two parts are. Whatever is above zero can be seen.</summary>
    internal static (int Allowed, int Refused) Lengths(TimeSlice slice, long most, int width)
    {
        var allowed = Scale(slice.Allowed, most, width);
        var refused = Scale(slice.Refused, most, width);
        if (allowed + refused > width)
        {
            allowed -= allowed >= refused ? 1 : 0;
            refused = width - allowed;
        }

        return (allowed, refused);
    }

    private static int Scale(long count, long most, int width) =>
        count == 0 ? 0 : Math.Max(1, (int)(((2 * (Int128)count * width) + most) / (2 * (Int128)most)));

    private static char Block(IAnsiConsole console, bool isRefused) =>
        console.Profile.Capabilities.Unicode ? (isRefused ? '▒' : '█') : (isRefused ? 'x' : '=');

    private static string Label(long start, long length)
    {
        var form = length >= Ticks.PerDay ? "yyyy-MM-dd"
            : length >= TimeSpan.TicksPerMinute ? "MM-dd HH:mm"
            : length >= Ticks.PerSecond ? "HH:mm:ss"
            : "HH:mm:ss.fff";
        return new DateTime(start, DateTimeKind.Utc).ToString(form, CultureInfo.InvariantCulture);
    }
}
