namespace Throttle.Api.Redis;

/// <summary>The hash slot of a key, by which clients of a Redis cluster choose a node.</summary>
/// <remarks>Source: the Redis cluster specification, "Key distribution model": CRC-16/XMODEM modulo 16384, of the part in braces where there is one.</remarks>
internal static class KeySlot
{
    /// <summary>How many slots there are.</summary>
    public const int Count = 16384;

    private const int Polynomial = 0x1021;

    /// <summary>The slot of a key, 0 to 16383.</summary>
    public static int Of(ReadOnlySpan<byte> key)
    {
        var open = key.IndexOf((byte)'{');
        if (open >= 0 && key[(open + 1)..].IndexOf((byte)'}') is > 0 and var length)
        {
            key = key.Slice(open + 1, length);
        }

        var crc = 0;
        foreach (var each in key)
        {
            crc ^= each << 8;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ Polynomial;
            }

            crc &= 0xFFFF;
        }

        return crc % Count;
    }
}
