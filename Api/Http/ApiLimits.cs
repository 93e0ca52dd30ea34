namespace Throttle.Api.Http;

/// <summary>The most that one HTTP request may carry, all inclusive. Each has its own error.</summary>
public static class ApiLimits
{
    /// <summary>Bytes of a request's body, rules excepted: 1 MiB.</summary>
    public const int MaxBodyBytes = 1024 * 1024;

    /// <summary>Bytes of a rule set's body: 16 MiB.</summary>
    public const int MaxRulesBodyBytes = 16 * 1024 * 1024;

    /// <summary>Requests in one batch.</summary>
    public const int MaxBatch = 1_000;

    /// <summary>The most comparisons of a batch: its requests times <see cref="Core.Rules.RuleSet.CommonRules"/>.</summary>
    public const int MaxComparisons = 2_000_000;

    /// <summary>Attributes of one request.</summary>
    public const int MaxAttributes = 32;

    /// <summary>Characters of an attribute's name; it has at least one.</summary>
    public const int MaxNameLength = 100;

    /// <summary>UTF-8 bytes of an attribute's value: 8 KiB.</summary>
    public const int MaxValueBytes = 8 * 1024;

    /// <summary>UTF-8 bytes of a bucket's key: 1 KiB.</summary>
    public const int MaxKeyBytes = 1024;

    /// <summary>
    /// The longest <c>wait</c>: 1 hour. A node remembers each reservation until it is due, so that what callers may reserve
    /// ahead bounds its memory.
    /// </summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);
}
