using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Matching;

/// <summary>One thing to look a rule up by: a text, a start of a text (empty for any value), an end of one, a part of one (of the kind glob), or a block, of one attribute.</summary>
internal readonly record struct IndexKey(string Attribute, PatternKind Kind, string Text, AddressBlock Block)
{
    /// <summary>The key under which a pattern's values find it.</summary>
    public static IndexKey Of(string attribute, Pattern pattern) => pattern.Kind switch
    {
        PatternKind.Exact => new IndexKey(attribute, PatternKind.Exact, pattern.Literal, default),
        PatternKind.Suffix => new IndexKey(attribute, PatternKind.Suffix, pattern.Suffix, default),
        PatternKind.Block => new IndexKey(attribute, PatternKind.Block, "", pattern.Block),
        _ => new IndexKey(attribute, PatternKind.Prefix, pattern.Literal, default),
    };

    /// <summary>As <see cref="Of"/>; by its end where the pattern is a glob that has one.</summary>
    public static IndexKey OfEnd(string attribute, Pattern pattern) =>
        pattern is { Kind: PatternKind.Glob, Suffix.Length: > 0 }
            ? new IndexKey(attribute, PatternKind.Suffix, pattern.Suffix, default)
            : Of(attribute, pattern);

    /// <summary>As <see cref="Of"/>; by its longest part where the pattern is a glob that has one.</summary>
    public static IndexKey OfMiddle(string attribute, Pattern pattern) =>
        pattern.Middle.Length > 0
            ? new IndexKey(attribute, PatternKind.Glob, MiddleIndex.StoredOf(pattern.Middle), default)
            : Of(attribute, pattern);

    /// <summary>The key that any value of an attribute finds.</summary>
    public static IndexKey Presence(string attribute) => new(attribute, PatternKind.Prefix, "", default);
}
