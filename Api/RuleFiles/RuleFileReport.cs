using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>News of a watched rule file.</summary>
/// <param name="Current">The set in force after it.</param>
/// <param name="Error">What is wrong with the file, or null when it is good.</param>
/// <param name="Message">The news as text, over several lines where there are several faults.</param>
public sealed record RuleFileReport(RuleSet Current, Exception? Error, string Message);
