using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Throttle.Core.Local;

/// <summary>
/// Keys to states, in arrays of values: per bucket 16 bytes, the state, and the reference to its key. Not safe by itself;
/// its stripe's lock guards it.
/// </summary>
internal sealed class BucketTable<TState>
    where TState : struct
{
    private const int Smallest = 4;
    private int[] _heads = [];
    private Entry[] _entries = [];
    private int _used;
    private int _free = -1;

    public int Count { get; private set; }

    /// <summary>Places, taken or not, for going round them.</summary>
    public int Places => _used;

    public static int HashOf(string key) => string.GetHashCode(key.AsSpan());

    /// <summary>The state of a key, or a null reference.</summary>
    public ref TState Find(string key, int hash)
    {
        if (_heads.Length > 0)
        {
            var entries = _entries;
            for (var i = _heads[hash & (_heads.Length - 1)] - 1; i >= 0; i = entries[i].Next)
            {
                ref var entry = ref entries[i];
                if (entry.Hash == hash && string.Equals(entry.Key, key, StringComparison.Ordinal))
                {
                    return ref entry.State;
                }
            }
        }

        return ref Unsafe.NullRef<TState>();
    }

    /// <summary>Whether adding would need larger arrays; the moment to look for what can be forgotten.</summary>
    public bool IsFull => _free < 0 && _used == _entries.Length;

    /// <summary>Adds a key that is not there.</summary>
    public void Add(string key, int hash, in TState state)
    {
        if (IsFull)
        {
            Grow();
        }

        var place = _free;
        if (place >= 0)
        {
            _free = _entries[place].Next;
        }
        else
        {
            place = _used++;
        }

        ref var head = ref _heads[hash & (_heads.Length - 1)];
        _entries[place] = new Entry { Key = key, Hash = hash, Next = head - 1, State = state };
        head = place + 1;
        Count++;
    }

    /// <summary>The key and state at a place from 0 to <see cref="Places"/>; a null key where it is free.</summary>
    public ref TState At(int place, out string? key)
    {
        ref var entry = ref _entries[place];
        key = entry.Key;
        return ref entry.State;
    }

    /// <summary>Removes a key.</summary>
    public bool Remove(string key, int hash)
    {
        if (_heads.Length == 0)
        {
            return false;
        }

        ref var head = ref _heads[hash & (_heads.Length - 1)];
        var previous = -1;
        for (var i = head - 1; i >= 0; previous = i, i = _entries[i].Next)
        {
            if (_entries[i].Hash != hash || !string.Equals(_entries[i].Key, key, StringComparison.Ordinal))
            {
                continue;
            }

            if (previous < 0)
            {
                head = _entries[i].Next + 1;
            }
            else
            {
                _entries[previous].Next = _entries[i].Next;
            }

            _entries[i] = new Entry { Next = _free };
            _free = i;
            Count--;
            return true;
        }

        return false;
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        (_heads, _entries) = ([], []);
        (_used, _free, Count) = (0, -1, 0);
    }

    /// <summary>Makes the arrays half as long again.</summary>
    public void Grow() => Resize(_entries.Length == 0 ? Smallest : checked(_entries.Length + (_entries.Length / 2)));

    /// <summary>Gives memory back when little of it is used.</summary>
    public void Trim()
    {
        if (_entries.Length > Smallest && Count <= _entries.Length / 4)
        {
            Resize(Math.Max(Smallest, Count + (Count / 2)));
        }
    }

    /// <summary>Moves all entries to arrays of another length, closing gaps.</summary>
    private void Resize(int length)
    {
        Debug.Assert(length >= Count, "Nothing is dropped.");
        var old = _entries;
        var places = _used;
        var heads = 1;
        while (heads < length)
        {
            heads *= 2;
        }

        _heads = new int[heads];
        _entries = new Entry[length];
        (_used, _free) = (0, -1);
        for (var i = 0; i < places; i++)
        {
            if (old[i].Key is not null)
            {
                ref var head = ref _heads[old[i].Hash & (heads - 1)];
                _entries[_used] = old[i] with { Next = head - 1 };
                head = ++_used;
            }
        }
    }

    private record struct Entry
    {
        public string? Key;
        public int Hash;
        public int Next;
        public TState State;
    }
}
