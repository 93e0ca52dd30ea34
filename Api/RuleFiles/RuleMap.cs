namespace Throttle.Api.RuleFiles;

/// <summary>Names with values, in the file's order, names that stand twice included.</summary>
internal sealed record RuleMap(List<(RuleScalar Name, RuleNode Value)> Entries, int Line) : RuleNode(Line)
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";
}
