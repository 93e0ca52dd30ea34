using System.Text;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary>Holds bucket keys to <see cref="ApiLimits.MaxKeyBytes"/>.</summary>
internal static class KeyLength
{
    /// <summary>Fails when a matching rule would make a longer key of these attributes.</summary>
    public static void Check(RuleSet rules, in Attributes attributes, string path)
    {
        if (CanBeTooLong(attributes))
        {
            CheckMatches(rules, attributes, path);
        }
    }

    /// <summary>Fails when the key is too long.</summary>
    /// <param name="key">The key.</param>
    /// <param name="what">What it is, to begin a sentence with.</param>
    public static void Check(string key, string what)
    {
        if (Encoding.UTF8.GetByteCount(key) is > ApiLimits.MaxKeyBytes and var bytes)
        {
            throw new ApiProblemException(new ApiProblem(
                400, "key-too-long", $"{what} is {bytes} bytes long in UTF-8; use 0 to {ApiLimits.MaxKeyBytes}.")
            {
                Field = "key",
                Allowed = $"0 to {ApiLimits.MaxKeyBytes} bytes",
            });
        }
    }

    /// <summary>
    /// Whether the attributes together are long enough for the limit to matter: a unit makes three bytes at most, and
    /// a separator or an escape one more. Hardly any request is, and so the rules are not matched twice.
    /// </summary>
    private static bool CanBeTooLong(in Attributes attributes)
    {
        var bytes = 0;
        for (var i = 0; i < attributes.Count; i++)
        {
            bytes += (3 * attributes[i].Value.Length) + 1;
        }

        return bytes > ApiLimits.MaxKeyBytes;
    }

    private static void CheckMatches(RuleSet rules, in Attributes attributes, string path)
    {
        var matches = new MatchBuffer(stackalloc int[16]);
        try
        {
            rules.Match(attributes, ref matches);
            foreach (var index in matches.Items)
            {
                var rule = rules.Rules[index];
                Check(rule.KeyOf(attributes), $"The key that {path}attributes make under rule '{rule.Id}'");
            }
        }
        finally
        {
            matches.Dispose();
        }
    }
}
