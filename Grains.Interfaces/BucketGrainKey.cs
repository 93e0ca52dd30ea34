namespace Throttle.Grains.Interfaces;

/// <summary>
/// The key of a bucket's grain: the rule's id, a slash, and the bucket's key as <see cref="Core.BucketKey"/> makes it. A rule's
/// id has no slash, so the first one separates them, and different buckets never share a grain.
/// </summary>
public static class BucketGrainKey
{
    private const char Inline = '@';

    /// <summary>The grain key, such as <c>per-client/42</c>; <c>per-client/</c> for a rule with one bucket for all.</summary>
    /// <param name="ruleId">The rule.</param>
    /// <param name="key">The bucket within the rule; may be empty and may hold slashes.</param>
    public static string Of(string ruleId, string key) => $"{ruleId}/{key}";

    /// <summary>The grain key of a bucket whose limit comes with the calls, such as <c>@redis/user:42</c>. No rule's id begins so.</summary>
    /// <param name="space">Who names the key, such as a front.</param>
    /// <param name="key">The bucket within the space.</param>
    public static string OfInline(string space, string key) => Of($"{Inline}{space}", key);

    /// <summary>Whether a grain key is one of <see cref="OfInline"/>.</summary>
    public static bool IsInline(string grainKey) => grainKey?.StartsWith(Inline) == true;

    /// <summary>Takes a grain key apart.</summary>
    /// <exception cref="ArgumentException">It has no slash.</exception>
    public static (string RuleId, string Key) Parse(string grainKey)
    {
        ArgumentNullException.ThrowIfNull(grainKey);
        var slash = grainKey.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            ? (grainKey[..slash], grainKey[(slash + 1)..])
            : throw new ArgumentException(
                $"The grain key '{grainKey}' names no bucket; use the rule's id, a slash and the client's key, such as per-client/42.", nameof(grainKey));
    }
}
