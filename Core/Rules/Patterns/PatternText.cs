namespace Throttle.Core.Rules.Patterns;

/// <summary>Values in messages.</summary>
internal static class PatternText
{
    private const int MaxShown = 60;

    /// <summary>The text as a message may show it: without control characters, and cut where it is long.</summary>
    public static string Shorten(string? text)
    {
        text ??= "";
        var shown = text.Length <= MaxShown ? text : string.Concat(text.AsSpan(0, MaxShown), "…");
        if (!shown.Any(char.IsControl))
        {
            return shown;
        }

        return string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c));
    }
}
