using Throttle.Core.Rules;

namespace Throttle.Core.Engine;

/// <summary>One bucket, as a rule of a set and a key, and what is asked of it.</summary>
/// <param name="Set">The rules the caller works with.</param>
/// <param name="Index">The rule's place in the set.</param>
/// <param name="Key">The bucket within the rule; see <see cref="BucketKey"/>.</param>
/// <param name="Permits">Permits asked for, 0 or more.</param>
public readonly record struct BucketCall(RuleSet Set, int Index, string Key, long Permits)
{
    /// <summary>The rule.</summary>
    public Rule Rule => Set.Rules[Index];
}
