using System.Globalization;
using System.Text;
using Throttle.Core.Limiters;
using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules;

/// <summary>Checks one rule and adds what is wrong with it.</summary>
internal sealed partial class RuleCheck(Rule? rule, int index, List<RuleFault> faults)
{
    /// <summary>What is wrong with a limit that no rule has; none when it is good.</summary>
    /// <param name="limit">The algorithm and its numbers.</param>
    /// <param name="name">What has it, to begin a sentence with.</param>
    public static IReadOnlyList<string> FaultsOf(LimiterSpec? limit, string name)
    {
        var faults = new List<RuleFault>();
        new RuleCheck(null, 0, faults) { Name = name }.CheckLimit(limit);
        return faults.ConvertAll(fault => fault.Message);
    }

    private string Name { get; init; } = string.IsNullOrEmpty(rule?.Id) ? $"Rule {index + 1}" : $"Rule '{PatternText.Shorten(rule.Id)}'";

    public void Add(string field, string message) =>
        faults.Add(new RuleFault(field.Length == 0 ? $"rules[{index}]" : $"rules[{index}].{field}", $"{Name}: {message}."));

    public void Run()
    {
        if (rule is null)
        {
            Add("", "there is none");
            return;
        }

        CheckId(rule.Id);
        CheckMatch(rule.Match);
        CheckKey(rule.Key);
        CheckLimit(rule.Limit);
        CheckDelivery(rule.Deliver, rule.Limit);
        CheckCost(rule.Cost);
        CheckWord("mode", rule.Mode);
        CheckWord("on-error", rule.OnError);
        CheckWord("on-change", rule.OnChange);
        CheckWord("durability", rule.Durability);
        if (rule is { Replicate: true, Limit: not (null or TokenBucketSpec { Bandwidths.Count: 1 }) })
        {
            Add("replicate", "replicate is true, which only algorithm token-bucket with one bandwidth can be; leave it out");
        }
    }

    /// <summary>What is wrong with an attribute's name, or null.</summary>
    private static string? NameFault(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "is empty";
        }

        if (name.Length > RuleLimits.MaxAttributeNameLength)
        {
            return $"has {name.Length} characters; use 1 to {RuleLimits.MaxAttributeNameLength}";
        }

        return name.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar || Rune.IsControl(rune))
            || string.IsNullOrWhiteSpace(name)
            ? "holds characters that cannot be printed"
            : null;
    }

    private void CheckId(string? id)
    {
        if (string.IsNullOrEmpty(id))
        {
            Add("id", $"the id is empty; use 1 to {RuleLimits.MaxIdLength} of the characters a-z, 0-9 and -");
        }
        else if (id.Length > RuleLimits.MaxIdLength)
        {
            Add("id", $"the id has {id.Length} characters; use 1 to {RuleLimits.MaxIdLength}");
        }
        else if (id.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-"))
        {
            Add("id", $"the id is '{PatternText.Shorten(id)}'; use only the characters a-z, 0-9 and -");
        }
    }

    private void CheckMatch(ValueList<Condition>? match)
    {
        if (match is null || match.Count > RuleLimits.MaxConditions)
        {
            Add("match", $"there are {match?.Count ?? 0} conditions; use 0 to {RuleLimits.MaxConditions}");
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var condition in match)
        {
            var path = $"match.{PatternText.Shorten(condition?.Attribute)}";
            if (NameFault(condition?.Attribute) is { } fault)
            {
                Add(path, $"the attribute name '{PatternText.Shorten(condition?.Attribute)}' {fault}");
            }
            else if (!names.Add(condition!.Attribute))
            {
                Add(path, $"the attribute '{condition.Attribute}' has two conditions; give it one");
            }

            CheckPatterns(path, condition?.Patterns, condition?.Attribute is { } name && AddressText.IsAddressAttribute(name));
        }
    }

    private void CheckPatterns(string path, ValueList<string>? patterns, bool isAddress)
    {
        var count = patterns?.Count ?? 0;
        if (count is 0 or > RuleLimits.MaxPatterns)
        {
            Add(path, $"there are {count} patterns; use 1 to {RuleLimits.MaxPatterns}");
            return;
        }

        for (var i = 0; i < count; i++)
        {
            var pattern = patterns![i];
            var itemPath = count == 1 ? path : $"{path}[{i}]";
            if (string.IsNullOrEmpty(pattern))
            {
                Add(itemPath, $"the pattern is empty; use 1 to {RuleLimits.MaxPatternLength} characters");
            }
            else if (pattern.Length > RuleLimits.MaxPatternLength)
            {
                Add(itemPath, $"the pattern has {pattern.Length} characters; use 1 to {RuleLimits.MaxPatternLength}");
            }
            else if (PatternText.HasHalfCharacter(pattern))
            {
                Add(itemPath, $"the pattern '{PatternText.Shorten(pattern)}' holds half a character");
            }
            else if (Pattern.Check(pattern, isAddress) is { } fault)
            {
                Add(itemPath, $"the pattern is '{PatternText.Shorten(pattern)}': {fault}");
            }
        }
    }

    private void CheckKey(ValueList<KeyPart>? key)
    {
        if (key is null || key.Count > RuleLimits.MaxKeyAttributes)
        {
            Add("key", $"there are {key?.Count ?? 0} key attributes; use 0 to {RuleLimits.MaxKeyAttributes}");
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < key.Count; i++)
        {
            var path = key.Count == 1 ? "key" : $"key[{i}]";
            if (KeyFault(key, i) is { } fault)
            {
                Add(path, $"the key attribute '{PatternText.Shorten(key[i]?.ToString())}' {fault}");
            }
            else if (!names.Add(key[i].Attribute))
            {
                Add(path, $"the key attribute '{key[i].Attribute}' is there twice; name it once");
            }
        }
    }

    private static string? KeyFault(ValueList<KeyPart> key, int index)
    {
        var part = key[index];
        if ((part?.Fault ?? NameFault(part?.Attribute)) is { } fault)
        {
            return fault;
        }

        // Between brackets YAML takes the comma of ip/24,64 for the one of the list.
        var isCutOff = index > 0 && key[index - 1] is { TakesBlock: true } && part!.IsPlain && !part.Attribute.AsSpan().ContainsAnyExceptInRange('0', '9');
        return isCutOff ? $"is a number; to give two prefix lengths write \"{key[index - 1]},{part}\" in quotes" : null;
    }

    private void CheckCost(Cost cost)
    {
        if (cost.Attribute is not { } name)
        {
            if (cost.Permits is < 0 or > Limits.MaxPermits)
            {
                Add("cost", $"the cost is {cost.Permits}; use 0 to {Limits.MaxPermits}, or an attribute's name");
            }

            return;
        }

        if (NameFault(name) is { } fault)
        {
            Add("cost", $"the cost attribute '{PatternText.Shorten(name)}' {fault}");
        }
        else if (char.IsAsciiDigit(name[0]) || name[0] is '+' or '-' or '.')
        {
            // A file could not tell it from a number.
            Add("cost", $"the cost attribute '{name}' looks like a number; start it with a letter");
        }
    }

    private void CheckWord<T>(string field, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            var words = string.Join(", ", Enum.GetNames<T>().Select(word => word.ToLowerInvariant()));
            Add(field, string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; use one of {words}"));
        }
    }
}
