using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Throttle.Api.Http;

/// <summary>
/// Whole numbers in the JSON mapping of protocol buffers: a JSON number, or the same as a text, in any form that JSON has for it, such
/// as <c>1.0</c> or <c>1e3</c>.
/// </summary>
internal static partial class WholeNumber
{
    // Longer ones are nobody's: 64 bits have 20 digits.
    private const int MostCharacters = 64;
    private const int MostDigits = 20;

    /// <summary>Reads one without loss: with a fraction, out of range or with anything around it, it is none.</summary>
    public static bool TryParse(string text, BigInteger least, BigInteger most, out BigInteger number)
    {
        // Most are plain.
        if (text is [>= '1' and <= '9', ..] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var plain))
        {
            number = plain;
            return number >= least && number <= most;
        }

        number = 0;
        if (text.Length > MostCharacters || Json().Match(text) is not { Success: true } match)
        {
            return false;
        }

        var digits = (match.Groups["whole"].Value + match.Groups["fraction"].Value).TrimStart('0');
        var significant = digits.TrimEnd('0');
        if (significant.Length > 0)
        {
            if (!int.TryParse(match.Groups["exponent"] is { Success: true } given ? given.Value : "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
                || Math.Abs((long)exponent) > MostCharacters)
            {
                return false;
            }

            var zeros = exponent - match.Groups["fraction"].Length + digits.Length - significant.Length;
            if (zeros < 0 || significant.Length + zeros > MostDigits)
            {
                return false;
            }

            number = BigInteger.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture) * BigInteger.Pow(10, zeros);
            number = match.Groups["minus"].Success ? -number : number;
        }

        return number >= least && number <= most;
    }

    [GeneratedRegex(@"\A(?<minus>-)?(?<whole>0|[1-9][0-9]*)(\.(?<fraction>[0-9]+))?([eE](?<exponent>[+-]?[0-9]+))?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Json();
}
