using System.Text;

namespace Throttle.Core;

/// <summary>
/// The text that names a bucket within its rule. One attribute: its value, as it is. Several: the values joined with
/// <c>|</c>, in which <c>|</c> and <c>\</c> are written <c>\|</c> and <c>\\</c>, so that different values never make one key.
/// </summary>
public static class BucketKey
{
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
