namespace Throttle.Core.Fields;

/// <summary>Names with values, in the order of the text. A name that stands twice is listed twice.</summary>
/// <param name="Entries">The names and values.</param>
/// <param name="Line">The line on which it starts.</param>
public sealed record FieldMap(IReadOnlyList<(FieldScalar Name, FieldNode Value)> Entries, int Line) : FieldNode(Line)
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";
}
