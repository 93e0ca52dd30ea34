using System.Globalization;

namespace Throttle.Core;

/// <summary>A number with a unit behind it, read without rounding: what durations and sizes have in common.</summary>
internal static class UnitText
{
    private const int MaxLength = 40;
    private const int MaxDecimals = 12;

    /// <summary>The value of a text such as <c>1.5s</c>: the number times the unit's size.</summary>
    /// <param name="text">Digits, perhaps with a fraction, and a unit; nothing else.</param>
    /// <param name="units">Each unit with its size, 1 or more; an empty one is that of a number alone.</param>
    /// <param name="max">The largest value.</param>
    /// <param name="value">The value, 0 to <paramref name="max"/>; 0 when false is returned.</param>
    /// <param name="isRange">Tells a value above <paramref name="max"/> from no value.</param>
    /// <returns>Whether it is such a text, and its value whole and in range.</returns>
    public static bool TryParse(
        string? text, ReadOnlySpan<(string Unit, long Size)> units, long max, out long value, out bool isRange)
    {
        value = 0;
        isRange = false;
        if (text is null || text.Length > MaxLength || !TrySplit(text, units, out var number, out var size))
        {
            return false;
        }

        var point = number.IndexOf('.');
        var fraction = point < 0 ? [] : number[(point + 1)..].TrimEnd('0');
        var whole = point < 0 ? number : number[..point];
        if (!Int128.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || fraction.Length > MaxDecimals)
        {
            return false;
        }

        var total = count > max ? (Int128)max + 1 : count * size;
        if (!TryFraction(fraction, size, out var rest))
        {
            return false;
        }

        isRange = total + rest > max;
        value = isRange ? 0 : (long)(total + rest);
        return !isRange;
    }

    private static bool TrySplit(
        string text, ReadOnlySpan<(string Unit, long Size)> units, out ReadOnlySpan<char> number, out long size)
    {
        var length = text.AsSpan().IndexOfAnyExcept("0123456789.");
        length = length < 0 ? text.Length : length;
        number = text.AsSpan(0, length);
        size = 0;
        if (length == 0 || number[0] == '.' || number[^1] == '.')
        {
            return false;
        }

        foreach (var (unit, unitSize) in units)
        {
            if (text.AsSpan(length).SequenceEqual(unit))
            {
                size = unitSize;
                return true;
            }
        }

        return false;
    }

    private static bool TryFraction(ReadOnlySpan<char> digits, long size, out Int128 value)
    {
        value = 0;
        if (digits.IsEmpty)
        {
            return true;
        }

        if (!Int128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var numerator))
        {
            return false;
        }

        Int128 denominator = 1;
        for (var i = 0; i < digits.Length; i++)
        {
            denominator *= 10;
        }

        var (quotient, remainder) = Int128.DivRem(numerator * size, denominator);
        value = quotient;
        return remainder == 0;
    }
}
