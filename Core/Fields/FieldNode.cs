namespace Throttle.Core.Fields;

/// <summary>A piece of text that fields are read from: a single value, a list or a mapping, with the line on which it starts.</summary>
/// <param name="Line">The line, from 1; 0 where the text has no lines.</param>
public abstract record FieldNode(int Line)
{
    /// <summary>What it is, for messages: <c>a list</c>.</summary>
    public abstract string Kind { get; }
}
