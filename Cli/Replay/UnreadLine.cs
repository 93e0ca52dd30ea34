namespace Throttle.Cli.Replay;

/// <summary>A line that could not be read.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Text">Its beginning.</param>
/// <param name="Format">The format it was read as, which it resembles where none was given.</param>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="ReadableAs">The format by which it can be read; null for none.</param>
internal sealed record UnreadLine(long Number, string Text, string Format, string Fault, string? ReadableAs);
