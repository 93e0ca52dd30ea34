using Throttle.Core.Limiters;

namespace Throttle.Core.Inline;

/// <summary>One bucket whose limit comes with each call rather than from a rule, and what is asked of it.</summary>
/// <remarks>
/// The space and the key name the bucket, the limit does not: a call with another limit finds the same bucket and changes its
/// numbers, so that nobody has two buckets by naming two limits.
/// </remarks>
/// <param name="Space">Whose keys these are, such as <c>redis</c>: 1 to 64 of a-z, 0-9 and '-'. Keys of different spaces never meet, nor do they meet those of rules. Spaces are for programs to name, not for their callers: a process knows <see cref="MaxSpaces"/> of them at most.</param>
/// <param name="Key">The bucket within the space, any text of 0 to <see cref="MaxKeyBytes"/> bytes of UTF-8; made of several parts by <see cref="BucketKey"/>.</param>
/// <param name="Limit">The algorithm and its numbers, within the ranges that rules have; null for the bucket as it is, which <see cref="InlineAction.Look"/> and <see cref="InlineAction.Forget"/> take. Callers that stay with one limit should pass one object.</param>
/// <param name="Permits">0 to <see cref="Limits.MaxPermits"/>.</param>
public readonly partial record struct InlineCall(string Space, string Key, LimiterSpec? Limit, long Permits = 1)
{
    /// <summary>What is done; <see cref="InlineAction.Take"/> by default.</summary>
    public InlineAction Action { get; init; }

    /// <summary>How a live bucket is carried over when this limit differs from the last call's; <see cref="Limiters.OnChange.Keep"/> by default.</summary>
    public OnChange OnChange { get; init; }

    /// <summary>The answer to a call without a limit where there is no bucket: a limit of 0, and nothing owed. A bucket has a limit of 1 or more.</summary>
    public static LimiterDecision NoBucket { get; } = LimiterDecision.TooLarge(limit: 0, remaining: 0, resetAfterTicks: 0);

    /// <summary>Asks what a bucket has, under the limit that it has. A bucket that owes nothing may be told as <see cref="NoBucket"/>, for such are forgotten.</summary>
    /// <param name="space">As in <see cref="Space"/>.</param>
    /// <param name="key">As in <see cref="Key"/>.</param>
    public static InlineCall Look(string space, string key) => new(space, key, null, 0) { Action = InlineAction.Look };

    /// <summary>Makes a bucket new; the answer is what it was before.</summary>
    /// <param name="space">As in <see cref="Space"/>.</param>
    /// <param name="key">As in <see cref="Key"/>.</param>
    public static InlineCall Forget(string space, string key) => new(space, key, null, 0) { Action = InlineAction.Forget };

    /// <summary>Whether the action takes or gives permits, and so must name a limit.</summary>
    internal bool NeedsLimit => Action < InlineAction.Look;

    /// <summary>Whether the answer says yes or no to somebody, so that it counts as a decision.</summary>
    internal bool IsDecision => Action is InlineAction.Take or InlineAction.Drain or InlineAction.Reset;
}
