using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>Reads rule files: YAML, and JSON, which is YAML too.</summary>
public static class RuleFileReader
{
    /// <summary>The rules of a whole file, in order, valid as a set.</summary>
    /// <param name="text">The file's text, at most 16 MiB.</param>
    /// <exception cref="InvalidRulesException">Something is wrong: every fault, in the form and in the numbers, each with its line.</exception>
    public static IReadOnlyList<Rule> Read(string text) => throw new InvalidOperationException(text);

    /// <summary>One rule by itself, as it stands under <c>rules:</c>.</summary>
    /// <param name="text">The rule as YAML or JSON.</param>
    /// <param name="id">The id it must have; the text may leave its own out. Null to take the text's.</param>
    /// <exception cref="InvalidRulesException">Something is wrong; every fault is listed.</exception>
    public static Rule ReadRule(string text, string? id = null) => throw new InvalidOperationException(text + id);
}
