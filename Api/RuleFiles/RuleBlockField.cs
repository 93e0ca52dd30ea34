namespace Throttle.Api.RuleFiles;

/// <summary>Where a field of a rule stands, with the comments above it; lines from 0.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">The first comment above it.</param>
/// <param name="NameLine">The line of its name.</param>
/// <param name="End">The line after its last.</param>
internal sealed record RuleBlockField(string Name, int Start, int NameLine, int End);
