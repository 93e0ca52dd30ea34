using System.Globalization;

namespace Throttle.Cli.Replay;

/// <summary>How fast a recording is replayed: <c>max</c>, or a factor such as <c>10x</c> or <c>0.5x</c>.</summary>
internal static class ReplaySpeed
{
    private const decimal MaxFactor = 1_000_000_000;
    private const decimal MinFactor = 0.000_001m;

    /// <summary>The factor, 0.000001 to 1,000,000,000, or null for as fast as can be.</summary>
    public static bool TryParse(string text, out decimal? factor)
    {
        factor = null;
        if (string.Equals(text, "max", StringComparison.Ordinal))
        {
            return true;
        }

        var number = text.EndsWith('x') ? text.AsSpan(0, text.Length - 1) : text;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var parsed)
            || parsed is < MinFactor or > MaxFactor)
        {
            return false;
        }

        factor = parsed;
        return true;
    }
}
