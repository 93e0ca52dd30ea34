using System.Globalization;
using System.Text;
using Throttle.Core.Rules;

namespace Throttle.Api.Envoy;

/// <summary>
/// Converts a configuration of Envoy's ratelimit service to rules. A request to them has the entries of one descriptor as its
/// attributes, its domain as the attribute <c>domain</c>, and its hits as its cost.
/// </summary>
/// <remarks>
/// Of Envoy's limits the most specific one is applied to a descriptor, of rules all that match. So a limit becomes a rule only
/// where that makes no difference for any descriptor that the configuration speaks of; the others are left out, with the reason.
/// </remarks>
public sealed class EnvoyImport
{
    private const string DomainAttribute = "domain";
    private const int MaxIdStem = RuleLimits.MaxIdLength - 8;

    private readonly List<Rule> _rules = [];
    private readonly List<EnvoyNote> _notes = [];
    private readonly HashSet<string> _ids;
    private readonly List<EnvoyNode[]> _paths;
    private readonly string _domain;
    private readonly EnvoyNodes _nodes;

    private EnvoyImport(string domain, EnvoyNodes nodes, HashSet<string> ids)
    {
        (_domain, _nodes, _ids) = (domain, nodes, ids);
        _paths = [.. PathsOf(nodes, [])];
    }

    /// <summary>Converts what can be converted, and says of all else why not.</summary>
    public static EnvoyImportResult Convert(EnvoyConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var imports = new List<EnvoyImport>();
        foreach (var (domain, nodes) in config.Domains)
        {
            var import = new EnvoyImport(domain, nodes, ids);
            import.ConvertAll();
            imports.Add(import);
        }

        return new(
            [.. imports.SelectMany(import => import._rules)],
            [.. imports.SelectMany(import => import._notes)],
            imports.Sum(import => import._paths.Count(path => path[^1].Limit is { IsUnlimited: true })));
    }

    /// <summary>Every way from the top to a descriptor at which something is decided: a limit, or that there is none.</summary>
    private static IEnumerable<EnvoyNode[]> PathsOf(EnvoyNodes nodes, EnvoyNode[] above)
    {
        foreach (var node in nodes.All)
        {
            EnvoyNode[] path = [.. above, node];
            if (node.Limit is not null || node.Children.All.Count == 0)
            {
                yield return path;
            }

            foreach (var below in PathsOf(node.Children, path))
            {
                yield return below;
            }
        }
    }

    private void ConvertAll()
    {
        foreach (var path in _paths)
        {
            var node = path[^1];
            if (node.Limit is not { IsUnlimited: false } limit)
            {
                continue;
            }

            if ((Obstacle(path, limit) ?? EnvoyConflicts.Of(_nodes, _paths, path)) is { } reason)
            {
                _notes.Add(new EnvoyNote(node.Place, node.FullName, true, reason));
                continue;
            }

            var rule = RuleOf(path, limit);
            if (RuleValidator.Validate([rule]) is [var fault, ..])
            {
                _notes.Add(new EnvoyNote(node.Place, node.FullName, true, fault.Message.TrimEnd('.')));
                continue;
            }

            _rules.Add(rule);
            Compare(node, limit);
        }
    }

    /// <summary>What rules cannot say at all, or null.</summary>
    private static string? Obstacle(EnvoyNode[] path, EnvoyLimit limit)
    {
        if (limit.RequestsPerUnit == 0)
        {
            return "it allows 0 requests, and a rule's limit is 1 or more";
        }

        if (path.FirstOrDefault(node => node.SpansKey) is { } spanning)
        {
            return $"the key '{spanning.Key}' has a star, and attributes have names of their own";
        }

        if (path.FirstOrDefault(node => node.Key is DomainAttribute) is not null)
        {
            return $"the key '{DomainAttribute}' is the attribute that holds the domain";
        }

        return path.GroupBy(node => node.Key, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice
            ? $"the key '{twice.Key}' is there twice, and an attribute has one value"
            : null;
    }

    private Rule RuleOf(EnvoyNode[] path, EnvoyLimit limit) => new()
    {
        Id = NewId(path[^1].FullName),
        Match = [new Condition(DomainAttribute, Condition.Exactly(_domain)), .. path.Where(node => node.Value.Length > 0).Select(ConditionOf)],
        Key = [.. path.Where(node => node.Value.Length == 0 || (node.IsWildcard && !node.SharesThreshold)).Select(node => KeyPart.ForAttribute(node.Key))],
        Limit = limit.Spec!,
        Mode = limit.IsShadow ? RuleMode.Shadow : RuleMode.Enforce,
    };

    private static Condition ConditionOf(EnvoyNode node) =>
        new(node.Key, node.IsWildcard ? PatternOf(node.Value) : Condition.Exactly(node.Value));

    /// <summary>A star that takes slashes too, and is never taken for whole folders, which are also none.</summary>
    private static string PatternOf(string value)
    {
        var star = value.Contains('/', StringComparison.Ordinal) ? "**" : "*";
        var text = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("*/", "*\\/", StringComparison.Ordinal);
        var pattern = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            // Of several stars in a row one is enough.
            _ = text[i] != '*' ? pattern.Append(text[i]) : i > 0 && text[i - 1] == '*' ? pattern : pattern.Append(star);
        }

        return pattern.ToString();
    }

    /// <summary>Notes in what a rule differs from the limit it comes from.</summary>
    private void Compare(EnvoyNode node, EnvoyLimit limit)
    {
        void Differs(string reason) => _notes.Add(new EnvoyNote(node.Place, node.FullName, false, reason));
        if (limit.Replaces.Count > 0)
        {
            Differs($"replaces has no counterpart: {string.Join(", ", limit.Replaces.Select(name => $"'{name}'"))} {(limit.Replaces.Count == 1 ? "is" : "are")} applied as well");
        }

        if (limit.IsQuota)
        {
            Differs("quota_mode has no counterpart: the rule refuses by itself, also while other quotas are not used up");
        }

        if (limit.HasDetailedMetric || node.HasValueInMetric)
        {
            Differs("metrics are by rule, never by value");
        }

        if (node.Metadata is not null)
        {
            Differs("metadata has no counterpart");
        }
    }

    /// <summary>The name in lower case, in the characters that ids have, and unlike all others.</summary>
    private string NewId(string name)
    {
        var words = string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'))
            .Split('-', StringSplitOptions.RemoveEmptyEntries);
        var stem = string.Join('-', words);
        stem = stem.Length == 0 ? "envoy" : stem.Length > MaxIdStem ? stem[..MaxIdStem].TrimEnd('-') : stem;
        var id = stem;
        for (var n = 2; !_ids.Add(id); n++)
        {
            id = string.Create(CultureInfo.InvariantCulture, $"{stem}-{n}");
        }

        return id;
    }
}
