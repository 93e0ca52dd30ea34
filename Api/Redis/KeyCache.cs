using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Throttle.Api.Redis;

/// <summary>Keys as texts. Those that were named lately are remembered, so that a busy key is one object. Of bounded size, safe from any number of threads.</summary>
internal sealed class KeyCache
{
    // A place for each hash: two keys that share one take turns, which costs an allocation and nothing else.
    private const int Places = 16 * 1024;
    private const int MaxRemembered = 64;

    private readonly string?[] _places = new string?[Places];

    /// <summary>The text that the bytes are in UTF-8; null where they are not, for two such keys would become one.</summary>
    public string? Get(ReadOnlySpan<byte> key)
    {
        if (key.Length is 0 or > MaxRemembered || !Ascii.IsValid(key))
        {
            return Utf8.IsValid(key) ? Encoding.UTF8.GetString(key) : null;
        }

        ref var place = ref _places[Hash(key) & (Places - 1)];
        var found = Volatile.Read(ref place);
        if (found is null || !Ascii.Equals(key, found))
        {
            found = Encoding.ASCII.GetString(key);
            Volatile.Write(ref place, found);
        }

        return found;
    }

    private static uint Hash(ReadOnlySpan<byte> key)
    {
        const ulong Prime = 0x9E3779B97F4A7C15;
        unchecked
        {
            var hash = (ulong)key.Length * Prime;
            for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..])
            {
                hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key)) * Prime;
                hash ^= hash >> 32;
            }

            ulong rest = 0;
            for (var i = 0; i < key.Length; i++)
            {
                rest = (rest << 8) | key[i];
            }

            hash = (hash ^ rest) * Prime;
            return (uint)(hash >> 40);
        }
    }
}
