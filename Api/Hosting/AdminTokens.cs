using System.Buffers.Text;
using System.Security.Cryptography;

namespace Throttle.Api.Hosting;

/// <summary>Checks a given token, and makes one.</summary>
internal static class AdminTokens
{
    private const int MaxLength = 1000;
    private const int RandomBytes = 24;

    /// <exception cref="ArgumentException">It cannot be sent in a header. The message does not repeat it.</exception>
    public static string Check(string token, string name = "admin token") =>
        token.Length is >= 1 and <= MaxLength && token.All(c => c is > ' ' and <= '~')
            ? token
            : throw new ArgumentException(
                $"The {name} has {token.Length} characters or one that a header cannot carry; use 1 to {MaxLength} visible ASCII characters without spaces.",
                nameof(token));

    /// <summary>A token nobody can guess: 192 random bits.</summary>
    public static string Generate() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
}
