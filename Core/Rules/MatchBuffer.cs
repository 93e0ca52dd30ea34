using System.Buffers;

namespace Throttle.Core.Rules;

/// <summary>A growing list of rule indexes that starts on the stack.</summary>
public ref struct MatchBuffer(Span<int> initial)
{
    private Span<int> _items = initial;
    private int[]? _rented;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The indexes so far.</summary>
    public readonly Span<int> Items => _items[..Count];

    /// <summary>Adds one.</summary>
    public void Add(int index)
    {
        if (Count == _items.Length)
        {
            Grow();
        }

        _items[Count++] = index;
    }

    /// <summary>Gives a rented array back.</summary>
    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<int>.Shared.Return(_rented);
            _rented = null;
        }
    }

    /// <summary>Keeps <paramref name="kept"/> items from <paramref name="start"/> on, sorted and each once.</summary>
    internal void SortDistinct(int start, int kept)
    {
        var items = _items.Slice(start, kept);
        if (kept > 1)
        {
            items.Sort();
        }

        var distinct = 0;
        foreach (var item in items)
        {
            if (distinct == 0 || items[distinct - 1] != item)
            {
                items[distinct++] = item;
            }
        }

        Count = start + distinct;
    }

    private void Grow()
    {
        var larger = ArrayPool<int>.Shared.Rent(Math.Max(16, _items.Length * 2));
        _items.CopyTo(larger);
        Dispose();
        _items = _rented = larger;
    }
}
