using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Throttle.Cli;

/// <summary>Tables and texts in one manner.</summary>
internal static class Tables
{
    /// <summary>A table with these headings; one that begins with <c>&gt;</c> is for numbers, to the right.</summary>
    public static Table Create(params ReadOnlySpan<string> headings)
    {
        var table = new Table().Border(TableBorder.Simple).BorderColor(Color.Grey);
        foreach (var heading in headings)
        {
            var isNumber = heading.StartsWith('>');
            var column = new TableColumn(new Text(isNumber ? heading[1..] : heading, new Style(decoration: Decoration.Bold)));
            table.AddColumn(isNumber ? column.RightAligned().NoWrap() : column);
        }

        return table;
    }

    /// <summary>Text as it is; what cannot be printed is written as <c>?</c>.</summary>
    public static Text Text(string text, Style? style = null) => new(Printable(text), style);

    /// <summary>The text with <c>?</c> for control characters, so that recorded traffic cannot drive the terminal.</summary>
    public static string Printable(string text)
    {
        if (!text.Any(c => char.IsControl(c) || char.IsSurrogate(c)))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            shown.Append(Rune.IsControl(rune) ? new Rune('?') : rune);
        }

        return shown.ToString();
    }

    /// <summary><c>1,234,567</c></summary>
    public static string Number(Int128 number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Seconds with three digits, rounded up so that nobody who waits as long is early: <c>9610 s</c>, <c>0.0334 s</c>, <c>1.5 s</c>.</summary>
    public static string Seconds(decimal seconds)
    {
        var unit = 1m;
        var whole = Math.Abs(seconds);
        while (whole / unit >= 1000)
        {
            unit *= 10;
        }

        while (whole > 0 && whole / unit < 100)
        {
            unit /= 10;
        }

        return (decimal.Ceiling(seconds / unit) * unit).ToString("0.#############", CultureInfo.InvariantCulture) + " s";
    }

    /// <summary>A share in percent with one decimal; what is above 0 or below 100 is never shown as either. A dash for no share.</summary>
    public static string Percent(long part, long whole)
    {
        if (whole == 0)
        {
            return "-";
        }

        var percent = decimal.Round(100m * part / whole, 1, MidpointRounding.AwayFromZero);
        percent = part > 0 && percent == 0 ? 0.1m : part < whole && percent == 100 ? 99.9m : percent;
        return percent.ToString("0.0", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>One of a thing, or several: <c>1 line</c>, <c>2 lines</c>.</summary>
    public static string Count(long count, string one, string? several = null) =>
        $"{Number(count)} {(count == 1 ? one : several ?? one + "s")}";
}
