using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Throttle.Core;

/// <summary>
/// Leases as text: rule, name and key in base64url; several are joined with a dot. The name is random, so that the text is a
/// proof that its bearer was granted the lease.
/// </summary>
internal static class LeaseText
{
    private const int MaxLength = 16 * 1024;

    public static string Format(string ruleId, string key, Guid leaseId) =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ruleId}:{leaseId:N}:{key}")));

    public static string? Join(IReadOnlyList<RuleDecision> rules)
    {
        string? joined = null;
        foreach (var rule in rules)
        {
            if (rule.Lease is { } lease)
            {
                joined = joined is null ? lease : $"{joined}.{lease}";
            }
        }

        return joined;
    }

    /// <exception cref="FormatException">The text is not one that <see cref="Format"/> or <see cref="Join"/> made.</exception>
    public static List<(string RuleId, string Key, Guid LeaseId)> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new FormatException($"The lease is {text.Length} characters long; a lease has at most {MaxLength}.");
        }

        var leases = new List<(string, string, Guid)>();
        foreach (var part in text.Split('.'))
        {
            leases.Add(ParseOne(part));
        }

        return leases;
    }

    private static (string RuleId, string Key, Guid LeaseId) ParseOne(string text)
    {
        if (text.Length > 0 && Base64Url.IsValid(text))
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(':', 3);
            if (parts.Length == 3
                && Guid.TryParseExact(parts[1], "N", out var id)
                && id != Guid.Empty)
            {
                return (parts[0], parts[2], id);
            }
        }

        throw new FormatException($"'{text}' is not a lease; use the text that an allowed answer carried.");
    }
}
