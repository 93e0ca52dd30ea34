namespace Throttle.Cli.Replay;

/// <summary>A line's place in time: its instant, and of equal instants the line number.</summary>
/// <param name="At">In ticks.</param>
/// <param name="Number">From 1.</param>
internal readonly record struct LineKey(long At, long Number) : IComparable<LineKey>
{
    /// <inheritdoc/>
    public int CompareTo(LineKey other) => At != other.At ? At.CompareTo(other.At) : Number.CompareTo(other.Number);
}
