using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Throttle.Api.Clocks;

/// <summary>Where a virtual clock starts.</summary>
/// <param name="Instant">The instant, in UTC.</param>
public sealed record ClockStart(DateTimeOffset Instant)
{
    /// <summary>An ISO time, a date, or decimal seconds since 1970.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ClockStart? start)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var isDate = DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
        long at = 0;
        var isRead = isDate || DecimalSeconds.TryParse(utf8, out at) || IsoTime.TryParse(utf8, out at);
        at = isDate ? date.DayNumber * TimeSpan.TicksPerDay : at;
        start = isRead ? new ClockStart(new DateTimeOffset(at, TimeSpan.Zero)) : null;
        return isRead;
    }
}
