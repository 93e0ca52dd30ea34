namespace Throttle.Cli.Replay;

/// <summary>
/// Lines in the order of their instants, equal ones by line number. Up to a budget they are kept in memory; beyond it they go
/// to temporary files in sorted runs, which are merged when the lines are read.
/// </summary>
internal sealed class SortedLines : IDisposable
{
    /// <summary>Memory for lines before they go to a file, in bytes.</summary>
    public const long DefaultBudgetBytes = 256L << 20;

    private readonly long _budgetBytes;
    private readonly List<SortedRun> _runs = [];
    private readonly LineBlock _block = new();
    private PriorityQueue<SortedRun, LineKey>? _merge;
    private SortedRun? _current;

    /// <summary>No lines yet.</summary>
    /// <param name="budgetBytes">Memory for lines, 1 or more; one line always fits.</param>
    public SortedLines(long budgetBytes = DefaultBudgetBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budgetBytes, 1);
        _budgetBytes = budgetBytes;
    }

    /// <summary>How many lines there are.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them are earlier than a line before them.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>The earliest instant, in ticks; 0 when there are no lines.</summary>
    public long First { get; private set; }

    /// <summary>The latest instant, in ticks; 0 when there are no lines.</summary>
    public long Last { get; private set; }

    /// <summary>How many temporary files hold lines.</summary>
    public int SpilledRuns { get; private set; }

    /// <summary>Where <see cref="MoveNext"/> stands.</summary>
    public LineKey CurrentKey => _current!.Key;

    /// <summary>The line where <see cref="MoveNext"/> stands; good until it moves.</summary>
    public ReadOnlySpan<byte> CurrentText => _current!.Text;

    /// <summary>Adds a line; not after the first <see cref="MoveNext"/>.</summary>
    public void Add(LineKey key, ReadOnlySpan<byte> text)
    {
        if (Count == 0)
        {
            First = Last = key.At;
        }

        if (_block.Count > 0 && _block.Bytes + LineBlock.Size(text) > _budgetBytes)
        {
            Spill();
        }

        Count++;
        OutOfOrder += key.At < Last ? 1 : 0;
        First = Math.Min(First, key.At);
        Last = Math.Max(Last, key.At);
        _block.Add(key, text);
    }

    /// <summary>Moves to the first line, then to the next; false at the end.</summary>
    public bool MoveNext()
    {
        if (_merge is null)
        {
            StartMerge();
        }

        if (_current is not null && _current.MoveNext())
        {
            _current = _merge!.EnqueueDequeue(_current, _current.Key);
            return true;
        }

        return _merge!.TryDequeue(out _current, out _);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var run in _runs)
        {
            run.Dispose();
        }
    }

    private void Spill()
    {
        _block.Sort();
        var run = new SpilledRun();
        _runs.Add(run);
        run.Write(_block);
        SpilledRuns++;
        _block.Clear();
    }

    private void StartMerge()
    {
        _block.Sort();
        _runs.Add(new BlockRun(_block));
        _merge = new PriorityQueue<SortedRun, LineKey>();
        foreach (var run in _runs)
        {
            if (run.MoveNext())
            {
                _merge.Enqueue(run, run.Key);
            }
        }
    }
}
