namespace Throttle.Api.RuleFiles;

/// <summary>A comment of a rule file.</summary>
/// <param name="Line">Its line, from 0.</param>
/// <param name="Text">Its text with the number sign.</param>
/// <param name="IsBeside">Whether something else stands before it on the line.</param>
internal sealed record RuleComment(int Line, string Text, bool IsBeside);
