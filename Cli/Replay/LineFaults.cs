namespace Throttle.Cli.Replay;

/// <summary>Lines that were not replayed: all are counted, the first few by number kept.</summary>
/// <param name="kept">How many to keep, 0 or more.</param>
internal sealed class LineFaults(int kept = LineFaults.DefaultKept)
{
    /// <summary>How many are kept by default.</summary>
    public const int DefaultKept = 5;

    private readonly PriorityQueue<LineFault, long> _last = new(Comparer<long>.Create((a, b) => b.CompareTo(a)));

    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>The first ones, by line number.</summary>
    public IReadOnlyList<LineFault> First => [.. _last.UnorderedItems.Select(item => item.Element).OrderBy(fault => fault.Line)];

    /// <summary>Counts one, and keeps it when it is among the first.</summary>
    public void Add(long line, string reason)
    {
        Count++;
        _last.Enqueue(new LineFault(line, reason), line);
        if (_last.Count > kept)
        {
            _last.Dequeue();
        }
    }
}
