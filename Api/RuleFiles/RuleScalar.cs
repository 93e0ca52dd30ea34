namespace Throttle.Api.RuleFiles;

/// <summary>One value.</summary>
/// <param name="Text">Its text, without quotes.</param>
/// <param name="IsPlain">Whether it was written without quotes.</param>
/// <param name="Line">The line it starts on.</param>
internal sealed record RuleScalar(string Text, bool IsPlain, int Line) : RuleNode(Line)
{
    /// <summary>Whether nothing was written, or one of YAML's words for nothing.</summary>
    public bool IsNull => IsPlain && (Text is "" or "~" or "null" or "Null" or "NULL");

    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : "a single value";
}
