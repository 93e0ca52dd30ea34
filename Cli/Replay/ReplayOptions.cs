namespace Throttle.Cli.Replay;

/// <summary>What <c>throttle replay</c> was asked.</summary>
internal sealed record ReplayOptions
{
    /// <summary>The rule file.</summary>
    public required string RulesPath { get; init; }

    /// <summary>The recording; <c>-</c> for standard input.</summary>
    public required string InputPath { get; init; }

    /// <summary>Where answers go; <c>-</c> for standard output, null for nowhere.</summary>
    public string? OutputPath { get; init; }

    /// <summary>How many times as fast as recorded, or null for as fast as can be.</summary>
    public decimal? Speed { get; init; }

    /// <summary>The formats there are.</summary>
    public required ReplayFormats Formats { get; init; }

    /// <summary>How the recording is written, or null to go by the first line that can be read.</summary>
    public IReplayFormat? Format { get; init; }

    /// <summary>How many of the most refused keys to show.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Whether an unreadable line makes the command fail in the end.</summary>
    public bool IsStrict { get; init; }
}
