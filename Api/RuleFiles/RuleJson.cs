using System.Text.Json.Nodes;
using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>Rules as JSON, with the names of the YAML form; <see cref="RuleFileReader"/> reads it back.</summary>
public static class RuleJson
{
    /// <summary>One rule.</summary>
    public static JsonObject ToJson(Rule rule) => throw new InvalidOperationException(rule.Id);

    /// <summary>A whole file: <c>version</c> (of the form, 1) and <c>rules</c>.</summary>
    public static JsonObject ToJson(IEnumerable<Rule> rules) => throw new InvalidOperationException(rules.ToString());
}
