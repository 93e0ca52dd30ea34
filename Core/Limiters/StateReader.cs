using System.Buffers.Binary;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>Reads what <see cref="StateWriter"/> wrote; throws <see cref="FormatException"/> at the first thing that cannot be.</summary>
internal ref struct StateReader
{
    private ReadOnlySpan<byte> _rest;

    public StateReader(ReadOnlySpan<byte> saved, StateKind kind)
    {
        if (saved.IsEmpty || saved[0] != kind.Number)
        {
            var found = saved.IsEmpty ? "nothing" : $"kind {saved[0]}";
            throw new FormatException($"The saved state is of another limiter: found {found}, expected kind {kind.Number}.");
        }

        _rest = saved[1..];
    }

    public long Long(long min, long max)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));
        return value >= min && value <= max
            ? value
            : throw new FormatException($"The saved state holds {value} where only {min} to {max} can be.");
    }

    public long Instant() => Long(0, Ticks.MaxInstant);

    public Int128 Int128() => BinaryPrimitives.ReadInt128LittleEndian(Take(16));

    /// <exception cref="FormatException">It is empty.</exception>
    public Guid Guid() => new Guid(Take(16)) is var value && value != default
        ? value
        : throw new FormatException("The saved state holds an empty identifier.");

    /// <summary>A count of items of <paramref name="itemBytes"/> each; no more than the rest can hold.</summary>
    public int Count(int itemBytes) => (int)Long(0, Math.Max(0, _rest.Length - sizeof(long)) / itemBytes);

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new FormatException($"The saved state has {_rest.Length} bytes too many.");
        }
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (_rest.Length < bytes)
        {
            throw new FormatException($"The saved state ends {bytes - _rest.Length} bytes too early.");
        }

        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
