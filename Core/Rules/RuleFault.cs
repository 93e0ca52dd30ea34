namespace Throttle.Core.Rules;

/// <summary>One thing wrong with a set of rules.</summary>
/// <param name="Path">Where: <c>rules[2].limit.capacity</c>; empty for the whole of it.</param>
/// <param name="Message">What, with the value and the allowed range, as one sentence.</param>
/// <param name="Line">The line in the file, from 1, or 0 where there is no file.</param>
public sealed record RuleFault(string Path, string Message, int Line = 0)
{
    /// <summary><c>line 12: rules[2].limit.capacity: Rule 'x': capacity is 0; use …</c></summary>
    public override string ToString()
    {
        var text = Path.Length == 0 ? Message : $"{Path}: {Message}";
        return Line > 0 ? $"line {Line}: {text}" : text;
    }
}
