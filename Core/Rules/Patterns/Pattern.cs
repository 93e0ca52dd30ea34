namespace Throttle.Core.Rules.Patterns;

/// <summary>One compiled pattern; see <see cref="Condition"/> for its language.</summary>
internal sealed class Pattern
{
    private readonly Glob? _glob;

    private Pattern(PatternKind kind, string literal, Glob? glob = null, AddressBlock block = default, string suffix = "")
    {
        Suffix = suffix;
        Kind = kind;
        Literal = literal;
        _glob = glob;
        Block = block;
    }

    public PatternKind Kind { get; }

    /// <summary>The start of every matching value; all of it where the kind is exact.</summary>
    public string Literal { get; }

    /// <summary>The end of every matching value, where the kind is suffix or glob.</summary>
    public string Suffix { get; }

    /// <summary>A text that every matching value contains, where the kind is glob.</summary>
    public string Middle => _glob?.Middle ?? "";

    /// <summary>The block, where the kind is that.</summary>
    public AddressBlock Block { get; }

    /// <summary>Compiles a pattern that <see cref="Check"/> finds no fault with.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="isAddress">Whether the values are addresses, in their one spelling.</param>
    public static Pattern Parse(string text, bool isAddress = false)
    {
        if (AddressBlock.LooksLikeBlock(text))
        {
            return AddressBlock.TryParseBlock(text, out var block, out var error)
                ? new Pattern(PatternKind.Block, "", block: block)
                : throw new FormatException(error);
        }

        var parts = GlobParser.Parse(text);
        var literal = parts.Literal;
        if (parts.Tail.Count == 0)
        {
            return new Pattern(PatternKind.Exact, isAddress ? AddressText.Canonicalize(literal) : literal);
        }

        if (parts.Tail is [{ Kind: GlobPartKind.AnyText }])
        {
            return new Pattern(PatternKind.Prefix, literal);
        }

        var glob = new Glob(parts.Tail);
        return literal.Length == 0 && parts.Tail[0].Kind == GlobPartKind.AnyText && glob.Suffix.Length == parts.Tail.Count - 1
            ? new Pattern(PatternKind.Suffix, "", suffix: glob.Suffix)
            : new Pattern(PatternKind.Glob, literal, glob, suffix: glob.Suffix);
    }

    /// <summary>What is wrong with a pattern, as the second half of a sentence, or null.</summary>
    /// <param name="text">The pattern, not empty.</param>
    /// <param name="isAddress">Whether the values are addresses.</param>
    public static string? Check(string text, bool isAddress = false)
    {
        if (MistakenPattern.FaultOf(text) is { } mistake)
        {
            return mistake;
        }

        if (isAddress && AddressPattern.FaultOf(text) is { } fault)
        {
            return fault;
        }

        if (AddressBlock.LooksLikeBlock(text))
        {
            return AddressBlock.TryParseBlock(text, out _, out var error) ? null : error;
        }

        return AddressPattern.MaskFault(text)
            ?? (GlobParser.EndsInEscape(text) ? "a backslash escapes the character after it, and none follows; write \\\\ for one" : null);
    }

    public bool IsMatch(string value) => Kind switch
    {
        PatternKind.Exact => string.Equals(value, Literal, StringComparison.Ordinal),
        PatternKind.Prefix => value.StartsWith(Literal, StringComparison.Ordinal),
        PatternKind.Suffix => value.EndsWith(Suffix, StringComparison.Ordinal),
        PatternKind.Glob => value.StartsWith(Literal, StringComparison.Ordinal) && _glob!.IsMatch(value.AsSpan(Literal.Length)),
        _ => AddressBlock.TryParseAddress(value, out var address) && Block.Contains(address),
    };
}
