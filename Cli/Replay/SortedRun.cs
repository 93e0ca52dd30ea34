namespace Throttle.Cli.Replay;

/// <summary>Lines in order, read one after the other.</summary>
internal abstract class SortedRun : IDisposable
{
    /// <summary>The place of the current line.</summary>
    public abstract LineKey Key { get; }

    /// <summary>The current line; good until the run moves.</summary>
    public abstract ReadOnlySpan<byte> Text { get; }

    /// <summary>Moves to the first line, then to the next; false at the end.</summary>
    public abstract bool MoveNext();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
