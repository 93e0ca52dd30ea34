using System.Runtime.InteropServices;

namespace Throttle.Cli.Replay;

/// <summary>Lines in memory: their bytes back to back in large arrays, and an index that is sorted in their place.</summary>
internal sealed class LineBlock
{
    private const int ArrayLength = 4 << 20;
    private const int IndexBytes = 32;

    private readonly List<byte[]> _arrays = [];
    private readonly List<Slot> _slots = [];
    private int _array = -1;
    private int _used = ArrayLength;
    private bool _isSorted = true;

    /// <summary>How many lines there are.</summary>
    public int Count => _slots.Count;

    /// <summary>Memory that the lines take.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory that a line takes.</summary>
    public static long Size(ReadOnlySpan<byte> text) => text.Length + IndexBytes;

    /// <summary>The place of the line at an index.</summary>
    public LineKey Key(int index) => _slots[index].Key;

    /// <summary>The line at an index.</summary>
    public ReadOnlySpan<byte> Text(int index)
    {
        var slot = _slots[index];
        return _arrays[slot.Array].AsSpan(slot.Offset, slot.Length);
    }

    /// <summary>Adds a line of at most 4 MiB.</summary>
    public void Add(LineKey key, ReadOnlySpan<byte> text)
    {
        if (text.Length > ArrayLength - _used)
        {
            StartArray();
        }

        text.CopyTo(_arrays[_array].AsSpan(_used));
        _isSorted &= _slots.Count == 0 || _slots[^1].Key.CompareTo(key) <= 0;
        _slots.Add(new Slot(key, _array, _used, text.Length));
        _used += text.Length;
        Bytes += Size(text);
    }

    /// <summary>Puts the lines in order.</summary>
    public void Sort()
    {
        if (!_isSorted)
        {
            CollectionsMarshal.AsSpan(_slots).Sort(static (a, b) => a.Key.CompareTo(b.Key));
            _isSorted = true;
        }
    }

    /// <summary>Forgets the lines; the memory is kept for the next ones.</summary>
    public void Clear()
    {
        _slots.Clear();
        _array = -1;
        _used = ArrayLength;
        _isSorted = true;
        Bytes = 0;
    }

    private void StartArray()
    {
        if (++_array == _arrays.Count)
        {
            _arrays.Add(new byte[ArrayLength]);
        }

        _used = 0;
    }

    private readonly record struct Slot(LineKey Key, int Array, int Offset, int Length);
}
