using System.Text;
using Throttle.Core.Limiters;

namespace Throttle.Core.Inline;

/// <content>The ranges of its parts.</content>
public readonly partial record struct InlineCall
{
    /// <summary>The longest space, in characters.</summary>
    public const int MaxSpaceLength = 64;

    /// <summary>The longest key, in bytes of UTF-8: 1 KiB.</summary>
    public const int MaxKeyBytes = 1024;

    /// <summary>The most spaces that one process counts; fronts have one each.</summary>
    public const int MaxSpaces = 100;

    private const int MaxBytesPerUnit = 3;

    /// <summary>What a space is counted as, beside the rules: <c>inline/redis</c>. No rule can have this id.</summary>
    internal static string CountedAs(string space) => $"inline/{space}";

    /// <summary>Fails where the permits, the action or the change are out of range: what is cheap to look at each time.</summary>
    /// <exception cref="ArgumentException">One is; the message names it and the range.</exception>
    internal void CheckNumbers()
    {
        if (Permits is < 0 or > Limits.MaxPermits
            || Action is < InlineAction.Take or > InlineAction.Forget
            || OnChange is < OnChange.Keep or > OnChange.Reset
            || (Limit is null && NeedsLimit))
        {
            ThrowNumbers();
        }
    }

    /// <summary>Fails where the space or the key is out of range.</summary>
    /// <exception cref="ArgumentException">One is; the message names it and the range.</exception>
    internal void CheckNames()
    {
        if (string.IsNullOrEmpty(Space) || Space.Length > MaxSpaceLength || Space.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-"))
        {
            throw new ArgumentException(
                $"The space is '{ShownText.Of(Space)}'; use 1 to {MaxSpaceLength} of the characters a-z, 0-9 and -.", nameof(Space));
        }

        ArgumentNullException.ThrowIfNull(Key);
        if (Key.Length > MaxKeyBytes / MaxBytesPerUnit && Encoding.UTF8.GetByteCount(Key) is > MaxKeyBytes and var bytes)
        {
            throw new ArgumentException($"The key is {bytes} bytes long in UTF-8; use 0 to {MaxKeyBytes}.", nameof(Key));
        }

        // Two keys of which halves are all that differs would be one in a cluster.
        if (Rules.Patterns.PatternText.HasHalfCharacter(Key))
        {
            throw new ArgumentException($"The key '{ShownText.Of(Key)}' holds half a character.", nameof(Key));
        }
    }

    private void ThrowNumbers()
    {
        if (NeedsLimit)
        {
            ArgumentNullException.ThrowIfNull(Limit);
        }

        if (Permits is < 0 or > Limits.MaxPermits)
        {
            throw new ArgumentOutOfRangeException(nameof(Permits), Permits, $"The permits are {Permits}; use 0 to {Limits.MaxPermits}.");
        }

        throw Action is < InlineAction.Take or > InlineAction.Forget
            ? new ArgumentOutOfRangeException(nameof(Action), Action, $"The action is {Action}; use one of {string.Join(", ", Enum.GetNames<InlineAction>())}.")
            : new ArgumentOutOfRangeException(nameof(OnChange), OnChange, $"OnChange is {OnChange}; use one of {string.Join(", ", Enum.GetNames<OnChange>())}.");
    }
}
