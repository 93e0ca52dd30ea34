namespace Throttle.Cli.Replay;

/// <summary>A run in memory.</summary>
internal sealed class BlockRun(LineBlock sorted) : SortedRun
{
    private int _index = -1;

    /// <inheritdoc/>
    public override LineKey Key => sorted.Key(_index);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Text => sorted.Text(_index);

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        if (_index + 1 >= sorted.Count)
        {
            return false;
        }

        _index++;
        return true;
    }
}
