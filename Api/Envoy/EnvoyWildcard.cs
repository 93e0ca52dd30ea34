namespace Throttle.Api.Envoy;

/// <summary>A text in which each <c>*</c> is any text, also none, slashes included.</summary>
internal sealed class EnvoyWildcard(string pattern)
{
    private readonly string[] _parts = pattern.Split('*');

    /// <summary>Whether all of the text matches. The time grows with the text's length times the pattern's, at worst.</summary>
    public bool IsMatch(ReadOnlySpan<char> text)
    {
        var (first, last) = (_parts[0], _parts[^1]);
        if (_parts.Length == 1)
        {
            return text.SequenceEqual(first);
        }

        // The start and the end must not share characters: 'a*a' does not match 'a'.
        if (text.Length < first.Length + last.Length || !text.StartsWith(first) || !text.EndsWith(last))
        {
            return false;
        }

        var rest = text[first.Length..^last.Length];
        foreach (var part in _parts.AsSpan(1, _parts.Length - 2))
        {
            var at = rest.IndexOf(part);
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + part.Length)..];
        }

        return true;
    }

    /// <summary>Whether some text matches both of two patterns, in each of which a <c>*</c> is any text.</summary>
    public static bool Intersect(string first, string second)
    {
        // Whether what is left of both can still match one text, from the ends backwards.
        var after = new bool[second.Length + 1];
        for (var i = first.Length; i >= 0; i--)
        {
            var here = new bool[second.Length + 1];
            for (var j = second.Length; j >= 0; j--)
            {
                var (isStar, isOtherStar) = (i < first.Length && first[i] == '*', j < second.Length && second[j] == '*');
                here[j] = (i == first.Length && j == second.Length)
                    || (isStar && (after[j] || (j < second.Length && here[j + 1])))
                    || (isOtherStar && (here[j + 1] || (i < first.Length && after[j])))
                    || (i < first.Length && j < second.Length && first[i] == second[j] && after[j + 1]);
            }

            after = here;
        }

        return after[0];
    }
}
