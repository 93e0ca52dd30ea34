using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Throttle.Core;

/// <summary>
/// The text that names a bucket within its rule. One attribute: its value, as it is. Several: the values joined with
/// <c>|</c>, in which <c>|</c> and <c>\</c> are written <c>\|</c> and <c>\\</c>, so that different values never make one key.
/// </summary>
public static class BucketKey
{
    private const int MaxValueLength = 1_000;
    private const int KeptLength = 900;
    private const int KeptHashBytes = 16;

    /// <summary>The key of these values; empty when there are none.</summary>
    public static string Of(params ReadOnlySpan<string> values)
    {
        if (values.Length <= 1)
        {
            return values.IsEmpty ? "" : values[0];
        }

        var key = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                key.Append('|');
            }

            AppendEscaped(key, values[i]);
        }

        return key.ToString();
    }

    /// <summary>A value of a key, the middle and the end of a long one told by a hash; see <see cref="Attributes.BoundInKeys"/>.</summary>
    internal static string Bound(string value)
    {
        if (value.Length <= MaxValueLength)
        {
            return value;
        }

        // Of its UTF-16 units: other encodings make different broken texts alike.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(value.AsSpan()), hash);
        var kept = char.IsHighSurrogate(value[KeptLength - 1]) ? KeptLength - 1 : KeptLength;
        return string.Concat(value.AsSpan(0, kept), "…", Convert.ToHexStringLower(hash[..KeptHashBytes]));
    }

    /// <summary>The values of a key that was made of several; one where it holds no bar of its own.</summary>
    internal static List<string> Split(string key)
    {
        var values = new List<string>();
        var value = new StringBuilder();
        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] == '|')
            {
                values.Add(value.ToString());
                value.Clear();
                continue;
            }

            i += key[i] == '\\' && i + 1 < key.Length ? 1 : 0;
            value.Append(key[i]);
        }

        values.Add(value.ToString());
        return values;
    }

    private static void AppendEscaped(StringBuilder key, string value)
    {
        foreach (var c in value)
        {
            if (c is '|' or '\\')
            {
                key.Append('\\');
            }

            key.Append(c);
        }
    }
}
