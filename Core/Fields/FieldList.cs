namespace Throttle.Core.Fields;

/// <summary>A list of values.</summary>
/// <param name="Items">The values, in order.</param>
/// <param name="Line">The line on which it starts.</param>
public sealed record FieldList(IReadOnlyList<FieldNode> Items, int Line) : FieldNode(Line)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}
