namespace Throttle.Cli.Replay;

/// <summary>A line that was not replayed.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Reason">Why not.</param>
internal sealed record LineFault(long Line, string Reason);
