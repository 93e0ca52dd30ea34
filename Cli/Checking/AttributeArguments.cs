using System.CommandLine.Parsing;
using Throttle.Core;

namespace Throttle.Cli.Checking;

/// <summary>Attributes on the command line: <c>user=42 path=/api/x</c>.</summary>
internal static class AttributeArguments
{
    /// <summary>The attributes; what is wrong with them is an error of the command line.</summary>
    public static Attributes Parse(ArgumentResult result)
    {
        var items = new List<(string Name, string Value)>();
        foreach (var token in result.Tokens)
        {
            var split = token.Value.IndexOf('=');
            if (split <= 0)
            {
                result.AddError($"'{token.Value}' is no attribute; write name=value, such as user=42.");
                return default;
            }

            var name = token.Value[..split];
            if (items.Exists(item => string.Equals(item.Name, name, StringComparison.Ordinal)))
            {
                result.AddError($"The attribute '{name}' is given twice; give it once.");
                return default;
            }

            items.Add((name, token.Value[(split + 1)..]));
        }

        return AttributesBuilder.Create(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(items));
    }
}
