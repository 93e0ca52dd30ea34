using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Throttle.Core.Limiters;

/// <summary>A share or a multiple as a count of billionths: 0.15, 1.05, 10. Exact, and never floating point.</summary>
/// <param name="Billionths">0 to 1,000,000,000,000: 0 to 1000.</param>
public readonly record struct Factor(long Billionths) : IComparable<Factor>
{
    /// <summary>Billionths in 1.</summary>
    internal const long Scale = 1_000_000_000;

    private const int MaxDecimals = 9;
    private const long MaxWhole = 1_000;

    /// <summary>1: nothing is changed by it.</summary>
    public static Factor One { get; } = new(Scale);

    /// <summary>The largest: 1000.</summary>
    public static Factor Max { get; } = new(MaxWhole * Scale);

    /// <summary>The factor as a decimal number.</summary>
    public decimal Value => (decimal)Billionths / Scale;

    /// <summary>The factor that a text names: 0 to 1000 with up to nine decimals.</summary>
    /// <exception cref="FormatException">It is none; the message names the value and the range.</exception>
    public static Factor Parse(string text) => TryParse(text, out var factor, out var error) ? factor : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>, with the error as text.</summary>
    public static bool TryParse(string? text, out Factor factor, [NotNullWhen(false)] out string? error)
    {
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && From(value) is { } read)
        {
            (factor, error) = (read, null);
            return true;
        }

        factor = default;
        error = $"'{ShownText.Of(text)}' is no factor; use 0 to {MaxWhole}, with up to {MaxDecimals} decimals, such as 0.15.";
        return false;
    }

    /// <summary>The factor of a decimal number; null where it is negative, above 1000, or has more than nine decimals.</summary>
    public static Factor? From(decimal value) =>
        value is >= 0 and <= MaxWhole && value * Scale is var billionths && billionths == decimal.Truncate(billionths)
            ? new((long)billionths)
            : null;

    /// <inheritdoc/>
    public int CompareTo(Factor other) => Billionths.CompareTo(other.Billionths);

    /// <summary>Whether one is less than the other.</summary>
    public static bool operator <(Factor left, Factor right) => left.Billionths < right.Billionths;

    /// <summary>Whether one is more than the other.</summary>
    public static bool operator >(Factor left, Factor right) => left.Billionths > right.Billionths;

    /// <summary>Whether one is at most the other.</summary>
    public static bool operator <=(Factor left, Factor right) => left.Billionths <= right.Billionths;

    /// <summary>Whether one is at least the other.</summary>
    public static bool operator >=(Factor left, Factor right) => left.Billionths >= right.Billionths;

    /// <summary>The text that <see cref="Parse"/> reads back: 0.15, 1, 10.</summary>
    public override string ToString() => Value.ToString("0.#########", CultureInfo.InvariantCulture);

    /// <summary>This times another, rounded to the nearest billionth, halves up.</summary>
    internal Factor Times(Factor other) => Quotient(Billionths, other.Billionths, Scale);

    /// <summary>This divided by another that is not 0, rounded to the nearest billionth, halves up.</summary>
    internal Factor Over(Factor other) => Quotient(Billionths, Scale, other.Billionths);

    /// <summary>The nearest that lies between two.</summary>
    internal Factor Clamp(Factor least, Factor most) => new(Math.Clamp(Billionths, least.Billionths, most.Billionths));

    private static Factor Quotient(long one, long other, long divisor)
    {
        // Mostly the product has 64 bits, and a division of those costs a tenth.
        var product = Math.BigMul(one, other);
        var half = divisor / 2;
        return product <= long.MaxValue - half
            ? new(((long)product + half) / divisor)
            : new((long)((product + half) / divisor));
    }
}
