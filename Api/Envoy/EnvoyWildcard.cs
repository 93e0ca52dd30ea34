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
}
