using Throttle.Core.Inline;
using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>What is asked of a bucket whose limit comes with the call.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.InlineCallWire")]
public sealed record InlineCallWire
{
    /// <summary>The algorithm and its numbers; null for the bucket as it is.</summary>
    [Id(0)]
    public LimitWire? Limit { get; init; }

    /// <summary>Permits, 0 or more.</summary>
    [Id(1)]
    public long Permits { get; init; }

    /// <summary>What is done, by name; null for the default, <see cref="InlineAction.Take"/>.</summary>
    [Id(2)]
    public string? Action { get; init; }

    /// <summary>How the bucket is carried over where the limit is another, by name; null for the default, <see cref="OnChange.Keep"/>.</summary>
    [Id(3)]
    public string? OnChange { get; init; }

    /// <summary>The wire form of a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="limit">The wire form of its limit; null where it has none.</param>
    public static InlineCallWire From(in InlineCall call, LimitWire? limit) => new()
    {
        Limit = limit,
        Permits = call.Permits,
        Action = call.Action == InlineAction.Take ? null : call.Action.ToString(),
        OnChange = call.OnChange == Core.Limiters.OnChange.Keep ? null : call.OnChange.ToString(),
    };

    /// <summary>The action.</summary>
    /// <exception cref="FormatException">It is not known to this version.</exception>
    public InlineAction ToAction() => Parse<InlineAction>(Action, nameof(Action));

    /// <summary>How the bucket is carried over.</summary>
    /// <exception cref="FormatException">That is not known to this version.</exception>
    public OnChange ToOnChange() => Parse<OnChange>(OnChange, nameof(OnChange));

    private static T Parse<T>(string? word, string field)
        where T : struct, Enum
    {
        if (word is null)
        {
            return default;
        }

        return Enum.TryParse<T>(word, out var value) && string.Equals(value.ToString(), word, StringComparison.Ordinal) && Enum.IsDefined(value)
            ? value
            : throw new FormatException($"{field} is '{word}', which is not known to this version of Throttle.");
    }
}
