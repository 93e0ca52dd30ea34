using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Hosting;

/// <summary>A request that the rules in force have something to say about, to try a node with.</summary>
public static class SampleRequest
{
    private const string DefaultBody = """{"attributes":{"user":"42","path":"/api/x"}}""";

    /// <summary>A body for <c>POST /v1/acquire</c>; it matches the first rule for which one can be made up.</summary>
    public static string For(RuleSet rules)
    {
        foreach (var rule in rules.Rules)
        {
            var attributes = AttributesFor(rule);
            if (rule.Mode != RuleMode.Off && rules.Explain(attributes).Any(e => e.Matches && e.Rule.Equals(rule)))
            {
                return Body(attributes);
            }
        }

        return DefaultBody;
    }

    private static Attributes AttributesFor(Rule rule)
    {
        var items = new List<(string Name, string Value)>();
        foreach (var condition in rule.Match)
        {
            Add(items, condition.Attribute, Example(condition.Patterns[0]));
        }

        foreach (var part in rule.Key)
        {
            Add(items, part.Attribute, AddressText.IsAddressAttribute(part.Attribute) ? "192.0.2.7" : "42");
        }

        if (rule.Cost.Attribute is { } cost)
        {
            Add(items, cost, "1");
        }

        return AttributesBuilder.Create(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(items));
    }

    private static void Add(List<(string Name, string Value)> items, string name, string value)
    {
        if (!items.Exists(item => string.Equals(item.Name, name, StringComparison.Ordinal)))
        {
            items.Add((name, value));
        }
    }

    /// <summary>A text that the pattern matches: stars become an x, and of a CIDR block the address stays.</summary>
    private static string Example(string pattern)
    {
        var slash = pattern.IndexOf('/');
        return slash > 0 && System.Net.IPNetwork.TryParse(pattern, out _)
            ? pattern[..slash]
            : pattern.Replace("**", "x", StringComparison.Ordinal).Replace("*", "x", StringComparison.Ordinal);
    }

    /// <summary>As JSON that can stand between single quotes in a shell.</summary>
    private static string Body(Attributes attributes)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("attributes"u8);
            foreach (var (name, value) in attributes)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length).Replace("'", "\\u0027", StringComparison.Ordinal);
    }
}
