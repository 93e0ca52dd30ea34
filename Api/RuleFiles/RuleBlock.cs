namespace Throttle.Api.RuleFiles;

/// <summary>Where a rule stands in its file; lines from 0, the ends exclusive.</summary>
/// <param name="Start">The first line after the rule before it.</param>
/// <param name="AttachedStart">The first comment that stands above it without a blank line between.</param>
/// <param name="DashLine">The line of its dash.</param>
/// <param name="End">The line after its last.</param>
/// <param name="KeyColumn">The column of its fields.</param>
/// <param name="Fields">Its fields in order; none where they do not stand each on lines of their own.</param>
internal sealed record RuleBlock(int Start, int AttachedStart, int DashLine, int End, int KeyColumn, List<RuleBlockField> Fields);
