using System.Diagnostics;

namespace Throttle.Core.Limiters;

/// <summary>A queue of values in order, in one array that grows and shrinks with them; the empty one holds no array.</summary>
internal struct Ring<T>
{
    private const int Smallest = 4;
    private T[]? _items;
    private int _head;

    public int Count { get; private set; }

    public readonly ref T this[int index]
    {
        get
        {
            Debug.Assert(index >= 0 && index < Count, "The index is inside.");
            return ref _items![(_head + index) & (_items.Length - 1)];
        }
    }

    public void Add(T item)
    {
        if (_items is null || Count == _items.Length)
        {
            Resize(_items is null ? Smallest : checked(_items.Length * 2));
        }

        Count++;
        this[Count - 1] = item;
    }

    public void Insert(int index, T item)
    {
        Add(item);
        for (var i = Count - 1; i > index; i--)
        {
            this[i] = this[i - 1];
        }

        this[index] = item;
    }

    public void RemoveFirst()
    {
        this[0] = default!;
        _head = (_head + 1) & (_items!.Length - 1);
        Count--;
        Shrink();
    }

    public void RemoveAt(int index)
    {
        for (var i = index; i < Count - 1; i++)
        {
            this[i] = this[i + 1];
        }

        this[Count - 1] = default!;
        Count--;
        Shrink();
    }

    /// <summary>The index of the first item from <paramref name="start"/> on that is wanted, or -1.</summary>
    public readonly int FindIndex(Predicate<T> isWanted, int start = 0)
    {
        for (var i = start; i < Count; i++)
        {
            if (isWanted(this[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether the other holds the same items from an index on as this one from another on. The newest are looked at first: they differ most often.</summary>
    public readonly bool EndsAs(in Ring<T> other, int start = 0, int otherStart = 0)
    {
        var isSame = Count - start == other.Count - otherStart;
        for (var i = Count - 1; i >= start && isSame; i--)
        {
            isSame = EqualityComparer<T>.Default.Equals(this[i], other[i - start + otherStart]);
        }

        return isSame;
    }

    /// <summary>A ring of its own with the same items.</summary>
    public readonly Ring<T> Copy()
    {
        var copy = this;
        copy._items = (T[]?)_items?.Clone();
        return copy;
    }

    private void Shrink()
    {
        if (Count == 0)
        {
            (_items, _head) = (null, 0);
        }
        else if (_items!.Length > Smallest && Count <= _items.Length / 4)
        {
            Resize(_items.Length / 2);
        }
    }

    private void Resize(int length)
    {
        var items = new T[length];
        for (var i = 0; i < Count; i++)
        {
            items[i] = this[i];
        }

        (_items, _head) = (items, 0);
    }
}
