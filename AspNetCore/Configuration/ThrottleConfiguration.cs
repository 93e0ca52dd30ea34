using System.Globalization;
using Microsoft.Extensions.Configuration;
using Throttle.Core;
using Throttle.Core.Fields;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Configuration;

/// <summary>Reads rules and options out of an <see cref="IConfiguration"/>, with the names and the texts of rule files.</summary>
internal static class ThrottleConfiguration
{
    private const string RulesKey = "Rules";

    private static readonly string[] Keys = [RulesKey, nameof(LocalThrottleOptions.MaxBuckets), nameof(LocalThrottleOptions.Unmatched)];

    /// <summary>The rules and the options of a section.</summary>
    /// <exception cref="InvalidRulesException">Something is wrong; every fault is listed, with its configuration key.</exception>
    public static (IReadOnlyList<Rule> Rules, LocalThrottleOptions Options) Read(IConfiguration section)
    {
        var faults = new List<RuleFault>();
        var prefix = section is IConfigurationSection { Path: { Length: > 0 } path } ? $"{path}:" : "";
        foreach (var child in section.GetChildren().Where(child => !Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            faults.Add(new(prefix + child.Key, $"'{ShownText.Of(child.Key)}' is not known here; use {string.Join(", ", Keys)}.{Nearest.Hint(child.Key, Keys)}"));
        }

        var options = new LocalThrottleOptions
        {
            MaxBuckets = ReadMaxBuckets(section, prefix, faults),
            Unmatched = ReadUnmatched(section, prefix, faults),
        };
        var rules = ReadRules(section.GetSection(RulesKey), prefix, faults);
        return faults.Count == 0 ? (rules, options) : throw new InvalidRulesException(faults);
    }

    private static IReadOnlyList<Rule> ReadRules(IConfigurationSection section, string prefix, List<RuleFault> faults)
    {
        var found = new FieldFaults();
        var nodes = section.GetChildren().Select(child => NodeOf(child, isNamed: true)).ToList();
        if (nodes.Count == 0)
        {
            faults.Add(new(prefix + RulesKey, "There are no rules; give at least one."));
        }

        Rule[] rules = [.. nodes.Select((node, i) => RuleFields.Read(node, $"rules[{i}]", found))];
        found.AddChecked(RuleValidator.Validate(rules).Select(fault => (fault.Path, fault.Message)));
        var places = section.GetChildren().Select(child => child.Key).ToList();
        faults.AddRange(found.All.Select(fault => new RuleFault(prefix + KeyOf(fault.Path, places), fault.Message)));
        return rules;
    }

    /// <summary>The configuration key of a path: <c>Rules:0:limit:capacity</c> of <c>rules[0].limit.capacity</c>.</summary>
    private static string KeyOf(string path, List<string> places)
    {
        var parts = path.Split('.', 2);
        var rule = int.TryParse(parts[0].AsSpan().TrimStart("rules[").TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < places.Count
            ? $"{RulesKey}:{places[index]}"
            : RulesKey;
        return parts.Length == 1 ? rule : $"{rule}:{parts[1].Replace("]", "", StringComparison.Ordinal).Replace('[', ':').Replace('.', ':')}";
    }

    /// <summary>A section as the reader of rules takes it. Children that are numbered from 0 are a list.</summary>
    private static FieldNode NodeOf(IConfigurationSection section, bool isNamed = false)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
        {
            // JSON's true and false arrive as True and False.
            var text = section.Value switch
            {
                null => "",
                "True" => "true",
                "False" => "false",
                var value => value,
            };
            return new FieldScalar(text, IsPlain: section.Value is null, 0);
        }

        var isList = !isNamed && children.Select((child, i) => string.Equals(child.Key, i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)).All(same => same);
        return isList
            ? new FieldList([.. children.Select(child => NodeOf(child))], 0)
            : new FieldMap([.. children.Select(child => (new FieldScalar(child.Key, IsPlain: true, 0), NodeOf(child)))], 0);
    }

    private static long ReadMaxBuckets(IConfiguration section, string prefix, List<RuleFault> faults)
    {
        const string key = nameof(LocalThrottleOptions.MaxBuckets);
        if (section[key] is not { Length: > 0 } text)
        {
            return new LocalThrottleOptions().MaxBuckets;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1)
        {
            return number;
        }

        faults.Add(new(prefix + key, $"{key} is '{ShownText.Of(text)}'; use a whole number from 1."));
        return 1;
    }

    private static UnmatchedRequests ReadUnmatched(IConfiguration section, string prefix, List<RuleFault> faults)
    {
        const string key = nameof(LocalThrottleOptions.Unmatched);
        if (section[key] is not { Length: > 0 } text)
        {
            return UnmatchedRequests.Allow;
        }

        var names = Enum.GetNames<UnmatchedRequests>();
        if (Array.Find(names, name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            return Enum.Parse<UnmatchedRequests>(known);
        }

        faults.Add(new(prefix + key, $"{key} is '{ShownText.Of(text)}'; use {string.Join(", ", names)}.{Nearest.Hint(text, names)}"));
        return UnmatchedRequests.Allow;
    }
}
