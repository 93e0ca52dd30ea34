using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Throttle.Api.Http;

/// <summary>A secret that requests carry as <c>Authorization: Bearer …</c>.</summary>
internal sealed class BearerToken(string token)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash = Hash(token);

    /// <summary>What a request gives, or null where it gives none.</summary>
    public static string? In(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : null;
    }

    /// <summary>Whether it is this one. How long that takes says nothing about it.</summary>
    public bool Is(string given) => CryptographicOperations.FixedTimeEquals(Hash(given), _hash);

    // Hashes have one length, so that the comparison's time says nothing about the token, its length included.
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
