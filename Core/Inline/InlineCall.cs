using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Inline;

/// <summary>One bucket whose limit comes with each call rather than from a rule, and what is asked of it.</summary>
/// <remarks>
/// The space and the key name the bucket, the limit does not: a call with another limit finds the same bucket and changes its
/// numbers, so that nobody has two buckets by naming two limits.
/// </remarks>
/// <param name="Space">Whose keys these are, such as <c>redis</c>: 1 to 64 of a-z, 0-9 and '-'. Keys of different spaces never meet, nor do they meet those of rules. Spaces are for programs to name, not for their callers: a process knows <see cref="MaxSpaces"/> of them at most.</param>
/// <param name="Key">The bucket within the space, any text of 0 to <see cref="MaxKeyBytes"/> bytes of UTF-8; made of several parts by <see cref="BucketKey"/>.</param>
/// <param name="Limit">The algorithm and its numbers, within the ranges that rules have. Callers that stay with one limit should pass one object.</param>
/// <param name="Permits">0 to <see cref="Limits.MaxPermits"/>.</param>
public readonly partial record struct InlineCall(string Space, string Key, LimiterSpec Limit, long Permits = 1)
{
    /// <summary>What is done; <see cref="InlineAction.Take"/> by default.</summary>
    public InlineAction Action { get; init; }

    /// <summary>How a live bucket is carried over when this limit differs from the last call's; <see cref="Limiters.OnChange.Keep"/> by default.</summary>
    public OnChange OnChange { get; init; }
}
