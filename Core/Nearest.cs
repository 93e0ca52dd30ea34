namespace Throttle.Core;

/// <summary>Finds the known word that is nearest to a word that is not known.</summary>
public static class Nearest
{
    private const int MaxLength = 30;

    /// <summary>
    /// The sentence <c>Did you mean 'x'?</c> with a space before it, or an empty text when no word is near. Case,
    /// hyphens and underscores do not count, and a text of more than 30 characters is near to nothing.
    /// </summary>
    /// <param name="text">The word that is not known.</param>
    /// <param name="words">The words that are known.</param>
    public static string Hint(string text, IEnumerable<string> words) => Of(text, words) is { } word ? $" Did you mean '{word}'?" : "";

    /// <summary>The known word that is nearest, or null when none is near; see <see cref="Hint"/>.</summary>
    public static string? Of(string text, IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            return null;
        }

        var normal = Normalise(text);
        var (word, distance) = words
            .Select(word => (Word: word, Distance: Distance(normal, Normalise(word))))
            .DefaultIfEmpty((Word: "", Distance: int.MaxValue))
            .MinBy(pair => pair.Distance);
        return distance <= Math.Max(1, word.Length / 3) && distance < word.Length ? word : null;
    }

    // onError and on_error are ways to write on-error.
    private static string Normalise(string text) =>
        text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Insertions, deletions and replacements from one text to the other.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replace = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
