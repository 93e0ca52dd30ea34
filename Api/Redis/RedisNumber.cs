using System.Buffers.Text;
using System.Globalization;

namespace Throttle.Api.Redis;

/// <summary>Arguments that are whole numbers.</summary>
internal static class RedisNumber
{
    /// <summary>The number, when it is one and within its range, both ends included.</summary>
    public static bool TryRead(ReadOnlySpan<byte> argument, long min, long max, out long value) =>
        Utf8Parser.TryParse(argument, out value, out var length) && length == argument.Length && value >= min && value <= max;

    /// <summary>The number.</summary>
    /// <exception cref="RedisException">It is none, or out of its range.</exception>
    public static long Read(ReadOnlySpan<byte> argument, string name, long min, long max) => TryRead(argument, min, max, out var value)
        ? value
        : throw new RedisException(Fault("ERR value is not an integer or out of range", argument, name, min, max));

    /// <summary>Says what is wrong with one.</summary>
    public static string Fault(string said, ReadOnlySpan<byte> argument, string name, long min, long max)
    {
        var shown = RedisText.Shown(argument);
        return string.Create(CultureInfo.InvariantCulture, $"{said}: {name} is '{shown}'; use {min} to {max}.");
    }
}
