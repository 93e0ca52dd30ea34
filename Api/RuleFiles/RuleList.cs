namespace Throttle.Api.RuleFiles;

/// <summary>A list.</summary>
internal sealed record RuleList(List<RuleNode> Items, int Line) : RuleNode(Line)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}
