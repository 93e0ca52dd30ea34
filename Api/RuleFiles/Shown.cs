namespace Throttle.Api.RuleFiles;

/// <summary>Values in messages.</summary>
internal static class Shown
{
    private const int MaxLength = 60;

    /// <summary>The text without control characters, cut where it is long.</summary>
    public static string Of(string text)
    {
        var shown = text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");
        return string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c));
    }
}
