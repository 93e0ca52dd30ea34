namespace Throttle.Cli.Replay;

/// <summary>The formats, by name and by the look of a first line.</summary>
internal static class ReplayFormats
{
    /// <summary>The names that <c>--format</c> takes.</summary>
    public static readonly string[] Names = ["auto", "log", "json"];

    /// <summary>The format of this name, or null for <c>auto</c>.</summary>
    public static IReplayFormat? Find(string name) => name switch
    {
        "log" => new AccessLogFormat(),
        "json" => new JsonLinesFormat(),
        _ => null,
    };

    /// <summary>The format that this line, the first that is not blank, is written in.</summary>
    public static IReplayFormat Guess(ReadOnlySpan<byte> line) =>
        line.TrimStart(" \t"u8) is [(byte)'{', ..] ? new JsonLinesFormat() : new AccessLogFormat();
}
