namespace Throttle.Core.Fields;

/// <summary>One value.</summary>
/// <param name="Text">Its text, without quotes.</param>
/// <param name="IsPlain">Whether it was written without quotes.</param>
/// <param name="Line">The line it starts on.</param>
public sealed record FieldScalar(string Text, bool IsPlain, int Line) : FieldNode(Line)
{
    /// <summary>Whether nothing was written, or one of YAML's words for nothing.</summary>
    public bool IsNull => IsPlain && (Text is "" or "~" or "null" or "Null" or "NULL");

    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : "a single value";
}
