using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace Throttle.Api.RuleFiles;

/// <summary>Finds the comments of a text in YAML.</summary>
internal static class RuleComments
{
    /// <summary>All comments in order. They come from the scanner: the parser trips over some that stand inside a value.</summary>
    /// <exception cref="YamlException">The text is no YAML.</exception>
    public static List<RuleComment> Of(string text)
    {
        var lines = text.Split('\n');
        var comments = new List<RuleComment>();
        var scanner = new Scanner(new StringReader(text), skipComments: false);
        while (scanner.MoveNext())
        {
            if (scanner.Current is Comment comment)
            {
                var line = (int)comment.Start.Line - 1;
                var column = (int)comment.Start.Column - 1;
                comments.Add(new(line, lines[line][column..].TrimEnd('\r'), lines[line].AsSpan(0, column).Trim().Length > 0));
            }
        }

        return comments;
    }
}
