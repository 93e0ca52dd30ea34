namespace Throttle.Core;

/// <summary>Values in messages.</summary>
public static class ShownText
{
    private const int MaxLength = 60;

    /// <summary>The text as a message may show it: without control characters, and cut after 60 characters.</summary>
    public static string Of(string? text)
    {
        text ??= "";
        var shown = text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : shown;
    }
}
