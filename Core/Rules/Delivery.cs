using Throttle.Core.Fields;

namespace Throttle.Core.Rules;

/// <summary>How work that was handed over to a queue is delivered.</summary>
/// <remarks>After the attempts it has failed for good. The time between them doubles, up to an hour.</remarks>
public sealed record Delivery
{
    /// <summary>The most <see cref="Attempts"/>.</summary>
    public const int MaxAttempts = 100;

    /// <summary>The longest <see cref="Url"/>, in characters.</summary>
    public const int MaxUrlLength = 2_048;

    /// <summary>The shortest <see cref="TimeoutTicks"/>: 10 ms.</summary>
    public const long MinTimeoutTicks = 10 * TimeSpan.TicksPerMillisecond;

    /// <summary>The longest <see cref="TimeoutTicks"/>: 10 minutes.</summary>
    public const long MaxTimeoutTicks = 10 * TimeSpan.TicksPerMinute;

    /// <summary>The shortest <see cref="BackoffTicks"/>: 1 ms.</summary>
    public const long MinBackoffTicks = TimeSpan.TicksPerMillisecond;

    /// <summary>The longest <see cref="BackoffTicks"/>: 1 hour.</summary>
    public const long MaxBackoffTicks = TimeSpan.TicksPerHour;

    /// <summary>What a rule has that says nothing of delivery.</summary>
    public static Delivery Default { get; } = new();

    /// <summary>Where work is posted: absolute, http or https. Null where a processor of the host's does it.</summary>
    public string? Url { get; init; }

    /// <summary>How long one attempt may take, in ticks.</summary>
    public long TimeoutTicks { get; init; } = 10 * TimeSpan.TicksPerSecond;

    /// <summary>How often it is tried, the first time included; 1 to <see cref="MaxAttempts"/>.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The time before the second attempt, in ticks, spread by a half either way.</summary>
    public long BackoffTicks { get; init; } = TimeSpan.TicksPerSecond;

    /// <summary>The delivery as a field of a rule.</summary>
    internal static GroupKind<Delivery> Kind { get; } = new(
        new(
            new(),
            new Field<Delivery, string?>("url", new TextKind("url", "https://example.com/hook", UrlFault), d => d.Url, (d, v) => d with { Url = v }, "Where work is posted; without it, a processor of the host's does it."),
            new Field<Delivery, long>("timeout", new DurationKind(MinTimeoutTicks, MaxTimeoutTicks), d => d.TimeoutTicks, (d, v) => d with { TimeoutTicks = v }, "How long one attempt may take."),
            new Field<Delivery, long>(
                "attempts",
                new NumberKind(1, MaxAttempts),
                d => d.Attempts,
                (d, v) => d with { Attempts = (int)Math.Clamp(v, int.MinValue, int.MaxValue) },
                "How often delivery is tried, the first time included."),
            new Field<Delivery, long>(
                "backoff", new DurationKind(MinBackoffTicks, MaxBackoffTicks), d => d.BackoffTicks, (d, v) => d with { BackoffTicks = v }, "The time before the second attempt; it doubles, up to an hour.")),
        new(),
        "with url, timeout, attempts and backoff");

    private static string? UrlFault(string url)
    {
        if (url.Length is 0 or > MaxUrlLength)
        {
            return $"has {url.Length} characters; use 1 to {MaxUrlLength}";
        }

        // The URI's reader would drop some of them, and encode others, in silence.
        if (url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            return $"is '{ShownText.Of(url)}', which holds blanks or control characters; write them as %20 and the like, or leave them out";
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            return $"is '{ShownText.Of(url)}'; use an absolute one that begins with http:// or https://";
        }

        return uri.UserInfo.Length > 0
            ? "holds a user name or a password, which everybody sees who may see the rules; leave them out"
            : null;
    }
}
