namespace Throttle.Core.Rules.Patterns;

/// <summary>The parts of a glob.</summary>
internal enum GlobPartKind
{
    /// <summary>One character that stands for itself.</summary>
    Literal,

    /// <summary>Any text without a slash, also none.</summary>
    AnySegment,

    /// <summary>Any text, also none.</summary>
    AnyText,

    /// <summary>Nothing, or any text that ends in a slash.</summary>
    AnyFolders,
}
