using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Throttle.Core.Limiters;

/// <summary>
/// Sizes in bytes as text: a number and a unit, <c>B</c>, <c>kB</c> (1,000; also <c>KB</c>), <c>KiB</c> (1,024), <c>MB</c>,
/// <c>MiB</c>, <c>GB</c>, <c>GiB</c>, <c>TB</c> or <c>TiB</c>; a bare number is bytes. <c>64KiB</c>, <c>1.5MB</c>. What is not
/// a whole number of bytes is refused.
/// </summary>
public static class Sizes
{
    // From the largest down; the second spelling of a thousand is read and not written.
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("TiB", 1L << 40),
        ("TB", 1_000_000_000_000),
        ("GiB", 1L << 30),
        ("GB", 1_000_000_000),
        ("MiB", 1L << 20),
        ("MB", 1_000_000),
        ("KiB", 1L << 10),
        ("kB", 1_000),
        ("KB", 1_000),
        ("B", 1),
        ("", 1),
    ];

    /// <summary>The size in bytes.</summary>
    /// <param name="text">The text, such as <c>64KiB</c>.</param>
    /// <param name="min">The smallest accepted size, inclusive.</param>
    /// <param name="max">The largest accepted size, inclusive.</param>
    /// <exception cref="FormatException">It is not a size, or out of range; the message names the value and the range.</exception>
    public static long Parse(string text, long min = 0, long max = Limits.MaxPermits) =>
        TryParse(text, out var bytes, out var error, min, max) ? bytes : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>, with the error as text.</summary>
    public static bool TryParse(
        string? text, out long bytes, [NotNullWhen(false)] out string? error, long min = 0, long max = Limits.MaxPermits)
    {
        var isSize = UnitText.TryParse(text, Units, max, out bytes, out var isRange);
        if (isSize && bytes >= min)
        {
            error = null;
            return true;
        }

        bytes = 0;
        var shown = ShownText.Of(text);
        error = isSize || isRange
            ? $"'{shown}' is out of range; use {Format(min)} to {Format(max)}."
            : $"'{shown}' is not a size; write whole bytes as a number with a unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB), such as 64KiB or 1.5MB.";
        return false;
    }

    /// <summary>
    /// A number of permits for people: as a size when it can hardly be anything else, a multiple of 1,024 of 65,536 or more, and as the
    /// plain number otherwise. <see cref="Parse"/> reads either back.
    /// </summary>
    /// <param name="permits">Permits.</param>
    public static string FormatPermits(long permits) => permits >= 1L << 16 && permits % (1L << 10) == 0
        ? Format(permits)
        : permits.ToString(CultureInfo.InvariantCulture);

    /// <summary>The text with the largest unit that needs no decimals: <c>1MiB</c>, <c>1536KiB</c>, <c>5MB</c>, <c>17B</c>.</summary>
    /// <param name="bytes">Bytes, 0 or more.</param>
    public static string Format(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var (unit, size) = bytes == 0 ? ("B", 1L) : Array.Find(Units, u => bytes % u.Bytes == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{unit}");
    }
}
