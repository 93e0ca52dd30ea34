using System.Text;
using System.Text.Unicode;

namespace Throttle.Api.Redis;

/// <summary>Arguments as texts.</summary>
internal static class RedisText
{
    private const int MaxShownBytes = 400;

    /// <summary>An argument as an error shows it: 100 characters at most, in one line, whatever it is.</summary>
    public static string Shown(ReadOnlySpan<byte> argument)
    {
        var text = ApiProblem.Shorten(Encoding.UTF8.GetString(argument[..Math.Min(argument.Length, MaxShownBytes)]));
        return string.Create(text.Length, text, static (shown, given) =>
        {
            for (var i = 0; i < given.Length; i++)
            {
                shown[i] = char.IsControl(given[i]) || given[i] is '\u2028' or '\u2029' ? ' ' : given[i];
            }
        });
    }

    /// <summary>The argument's text.</summary>
    /// <exception cref="RedisException">It is not UTF-8.</exception>
    public static string Of(ReadOnlySpan<byte> argument, string name) => Utf8.IsValid(argument)
        ? Encoding.UTF8.GetString(argument)
        : throw new RedisException($"ERR invalid {name}: it is not UTF-8.");
}
