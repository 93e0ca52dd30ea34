using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Throttle.Api.Webhooks;

/// <summary>Signs deliveries by the Standard Webhooks convention: HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
/// <remarks>The convention is at standardwebhooks.com; its libraries check these signatures.</remarks>
public sealed class WebhookSecret
{
    /// <summary>What a secret may be, for messages.</summary>
    public const string Range = "'whsec_' and the base64 of 24 to 64 bytes";

    private const string Prefix = "whsec_";
    private const int LeastBytes = 24;
    private const int MostBytes = 64;

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    /// <summary>Reads a secret of the form <c>whsec_…</c>.</summary>
    /// <exception cref="FormatException">It has another form. The message does not show it.</exception>
    public static WebhookSecret Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        var key = new byte[trimmed.Length];
        return trimmed.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(trimmed[Prefix.Length..], key, out var length)
            && length is >= LeastBytes and <= MostBytes
            ? new(key[..length])
            : throw new FormatException($"The webhook secret has another form; use {Range}.");
    }

    /// <summary>Reads a secret from a file, which holds nothing else.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">The file holds something else.</exception>
    public static WebhookSecret Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (FormatException)
        {
            throw new ArgumentException($"The file '{path}' holds no webhook secret; use {Range}.");
        }
    }

    /// <summary>The value of <c>webhook-signature</c>.</summary>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">The value of <c>webhook-timestamp</c>: seconds since 1970.</param>
    /// <param name="body">The body as it is sent.</param>
    public string Sign(string id, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
