namespace Throttle.Core.Rules.Patterns;

/// <summary>What a pattern turned out to be.</summary>
internal enum PatternKind
{
    /// <summary>The value is the text.</summary>
    Exact,

    /// <summary>The value starts with the text; what follows is free.</summary>
    Prefix,

    /// <summary>The value ends with the text; what stands before it is free.</summary>
    Suffix,

    /// <summary>The value starts with the text, and the rest matches a glob.</summary>
    Glob,

    /// <summary>The value is an address in a block.</summary>
    Block,
}
