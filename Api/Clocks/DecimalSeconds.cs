using System.Globalization;
using Throttle.Core.Time;

namespace Throttle.Api.Clocks;

/// <summary>Decimal seconds since 1970-01-01T00:00:00Z, exact to 100 ns; what is finer is cut off.</summary>
public static class DecimalSeconds
{
    /// <summary>The instant in ticks, when it is between the years 1 and 9999.</summary>
    public static bool TryParse(ReadOnlySpan<byte> number, out long at)
    {
        at = 0;
        if (!decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(seconds) > (decimal)Ticks.MaxInstant / Ticks.PerSecond)
        {
            return false;
        }

        var ticks = decimal.Floor(seconds * Ticks.PerSecond) + Ticks.UnixEpoch;
        if (ticks is < 0 or > Ticks.MaxInstant)
        {
            return false;
        }

        at = (long)ticks;
        return true;
    }
}
