using System.Buffers.Binary;

namespace Throttle.Core.Limiters;

/// <summary>Writes a state: a byte for the kind, then little-endian numbers.</summary>
internal sealed class StateWriter(StateKind kind)
{
    private readonly List<byte> _bytes = [kind.Number];

    public StateWriter Add(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public StateWriter Add(Int128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public StateWriter Add(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}
