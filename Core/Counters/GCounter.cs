using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Throttle.Core.Counters;

/// <summary>
/// A counter that only grows, for several who count and cannot ask one another: each adds to a slot of its own, and states
/// merge slot by slot to the larger count. Lost, repeated and reordered states do no harm: what comes late is late, and nothing
/// counts twice. Immutable, and safe from any thread.
/// </summary>
/// <remarks>
/// Merging is commutative, associative and idempotent. Only its owner adds to a slot; who has lost its memory takes a new slot
/// rather than its old one. Source: M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "A comprehensive study of Convergent and
/// Commutative Replicated Data Types", INRIA RR-7506 (2011), specification 6.
/// </remarks>
public sealed class GCounter : IEquatable<GCounter>
{
    /// <summary>The most slots of one counter.</summary>
    public const int MaxSlots = 10_000;

    /// <summary>The longest slot id, in bytes of UTF-8; the shortest has one.</summary>
    public const int MaxIdBytes = 1_000;

    private const byte Form = 1;
    private readonly ImmutableSortedDictionary<string, long> _slots;

    private GCounter(ImmutableSortedDictionary<string, long> slots) => _slots = slots;

    /// <summary>A counter that nobody has added to.</summary>
    public static GCounter Zero { get; } = new(ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal));

    /// <summary>What all have counted together. 128 bits, for the sum of slots may be larger than any slot can.</summary>
    public Int128 Value => _slots.Values.Aggregate(Int128.Zero, (sum, count) => sum + count);

    /// <summary>The slots that are not zero, by id in ordinal order.</summary>
    public IEnumerable<KeyValuePair<string, long>> Slots => _slots;

    /// <summary>How many slots are not zero; 0 to <see cref="MaxSlots"/>.</summary>
    public int SlotCount => _slots.Count;

    /// <summary>What one has counted; 0 where it has not.</summary>
    public long this[string id] => _slots.GetValueOrDefault(id);

    /// <summary>A counter with one slot.</summary>
    /// <exception cref="ArgumentException">The id is empty, too long, or no Unicode.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public static GCounter Of(string id, long count) => Zero.Add(id, count);

    /// <summary>This counter after its owner has added to its slot; adding 0 changes nothing.</summary>
    /// <param name="id">The slot, 1 to <see cref="MaxIdBytes"/> bytes of UTF-8.</param>
    /// <param name="amount">0 or more.</param>
    /// <exception cref="ArgumentException">The id is empty, too long, or no Unicode.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The amount is negative.</exception>
    /// <exception cref="OverflowException">The slot would hold more than a 64-bit number.</exception>
    /// <exception cref="InvalidOperationException">It would be a slot too many; fold what has ended.</exception>
    public GCounter Add(string id, long amount)
    {
        CheckId(id);
        if (amount < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(amount), amount, $"The counter only grows: amount is {amount}; use 0 or more.");
        }

        if (amount == 0)
        {
            return this;
        }

        var present = this[id];
        return amount <= long.MaxValue - present
            ? Checked(_slots.SetItem(id, present + amount))
            : throw new OverflowException($"The slot '{id}' holds {present}; {amount} more are above {long.MaxValue}.");
    }

    /// <summary>What both know: of each slot that either has, the larger count.</summary>
    /// <exception cref="InvalidOperationException">Together they have too many slots; fold what has ended.</exception>
    public GCounter Merge(GCounter other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._slots.Count > _slots.Count)
        {
            return other.Merge(this);
        }

        var slots = _slots.ToBuilder();
        foreach (var (id, count) in other._slots)
        {
            slots[id] = Math.Max(count, slots.GetValueOrDefault(id));
        }

        return Checked(slots.ToImmutable());
    }

    /// <summary>
    /// The same value in fewer slots: what those have counted that have ended goes to <paramref name="into"/>. Only for the one
    /// who owns that slot, and who merges no state any more that still has a folded one: it would count again.
    /// </summary>
    /// <exception cref="OverflowException">The slot would hold more than a 64-bit number.</exception>
    public GCounter Fold(string into, params ReadOnlySpan<string> ended)
    {
        CheckId(into);
        var folded = this;
        foreach (var id in ended)
        {
            if (!string.Equals(id, into, StringComparison.Ordinal) && folded._slots.TryGetValue(id, out var count))
            {
                folded = new GCounter(folded._slots.Remove(id)).Add(into, count);
            }
        }

        return folded;
    }

    /// <summary>
    /// The state as bytes, for <see cref="Restore"/>: a byte 1, the number of slots, and for each, by id in ordinal order, the
    /// id's length in bytes, the id in UTF-8 and the count; numbers are little-endian, of 4, 2 and 8 bytes. The form is stable.
    /// </summary>
    public byte[] Save()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Form);
        writer.Write(_slots.Count);
        foreach (var (id, count) in _slots)
        {
            var name = Encoding.UTF8.GetBytes(id);
            writer.Write((ushort)name.Length);
            writer.Write(name);
            writer.Write(count);
        }

        return bytes.ToArray();
    }

    /// <summary>The counter that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are no such counter.</exception>
    public static GCounter Restore(ReadOnlySpan<byte> saved)
    {
        var rest = saved;
        var form = Take(ref rest, 1)[0];
        if (form != Form)
        {
            throw new FormatException($"The saved counter is of form {form}; this version reads {Form}.");
        }

        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(ref rest, sizeof(int)));
        if (count is < 0 or > MaxSlots)
        {
            throw new FormatException($"The saved counter has {count} slots where 0 to {MaxSlots} can be.");
        }

        var slots = Zero._slots.ToBuilder();
        for (var i = 0; i < count; i++)
        {
            RestoreSlot(ref rest, slots);
        }

        return rest.IsEmpty ? new(slots.ToImmutable()) : throw new FormatException($"The saved counter has {rest.Length} bytes too many.");
    }

    /// <inheritdoc/>
    public bool Equals(GCounter? other) => other is not null && _slots.SequenceEqual(other._slots);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GCounter);

    /// <inheritdoc/>
    public override int GetHashCode() => _slots.Aggregate(0, (hash, slot) => HashCode.Combine(hash, slot.Key, slot.Value));

    /// <inheritdoc/>
    public override string ToString() => $"{Value} = {{ {string.Join(", ", _slots.Select(slot => $"{slot.Key}: {slot.Value}"))} }}";

    private static void RestoreSlot(ref ReadOnlySpan<byte> rest, ImmutableSortedDictionary<string, long>.Builder slots)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(Take(ref rest, sizeof(ushort)));
        string id;
        try
        {
            id = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Take(ref rest, length));
            CheckId(id);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"The saved counter has a slot that none can have: {e.Message}");
        }

        var count = BinaryPrimitives.ReadInt64LittleEndian(Take(ref rest, sizeof(long)));
        if (count < 1 || !slots.TryAdd(id, count))
        {
            throw new FormatException($"The saved counter has the slot '{id}' twice, or with the count {count}; use 1 to {long.MaxValue}.");
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int bytes)
    {
        if (rest.Length < bytes)
        {
            throw new FormatException($"The saved counter ends {bytes - rest.Length} bytes too early.");
        }

        var taken = rest[..bytes];
        rest = rest[bytes..];
        return taken;
    }

    private static void CheckId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        var bytes = new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(id);
        if (bytes is 0 or > MaxIdBytes)
        {
            throw new ArgumentException($"The slot's id has {bytes} bytes of UTF-8; use 1 to {MaxIdBytes}.", nameof(id));
        }
    }

    private static GCounter Checked(ImmutableSortedDictionary<string, long> slots) => slots.Count <= MaxSlots
        ? new(slots)
        : throw new InvalidOperationException($"The counter would have {slots.Count} slots; use at most {MaxSlots}, and fold what has ended.");
}
