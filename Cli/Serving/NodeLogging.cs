using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Throttle.Cli.Serving;

/// <summary>
/// What a node logs: <c>--log CATEGORY=LEVEL</c> counts before variables such as <c>THROTTLE_Logging__LogLevel__Throttle</c>.
/// </summary>
internal static class NodeLogging
{
    private const string Section = "Logging";
    private const string Default = "Default";
    private const string OfThrottle = "LogLevel:Throttle";
    private const string Prefix = "THROTTLE_";

    /// <summary><c>--log [CATEGORY=]LEVEL</c></summary>
    public static Option<string[]> Option() => new("--log")
    {
        Description = $"What is logged to standard error: {string.Join(", ", Enum.GetNames<LogLevel>())}, of everything or with CATEGORY= of one part, such as "
            + "Throttle=Debug. Also Logging:LogLevel in variables such as THROTTLE_Logging__LogLevel__Default.",
        HelpName = "[CATEGORY=]LEVEL",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        Validators =
        {
            result =>
            {
                foreach (var text in result.Tokens.Select(token => token.Value).Where(text => !Enum.GetNames<LogLevel>().Contains(Split(text).Level, StringComparer.OrdinalIgnoreCase)))
                {
                    result.AddError($"--log is '{text}'; use [CATEGORY=]LEVEL with one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
                }
            },
        },
    };

    /// <summary>All of it as one section.</summary>
    /// <exception cref="CliException">A level is none.</exception>
    public static IConfiguration Read(IReadOnlyList<string> given)
    {
        var section = new ConfigurationBuilder()
            .AddEnvironmentVariables(Prefix)
            .AddInMemoryCollection(given.Select(Split).Select(pair => KeyValuePair.Create($"{Section}:LogLevel:{pair.Category}", (string?)pair.Level)))
            .Build()
            .GetSection(Section);

        // A node has a level of its own for its own news. One for everything is meant for them, too.
        section[OfThrottle] ??= section[$"LogLevel:{Default}"];
        foreach (var (key, value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (key.Contains("LogLevel:", StringComparison.OrdinalIgnoreCase) && value is not null && !Enum.GetNames<LogLevel>().Contains(value, StringComparer.OrdinalIgnoreCase))
            {
                throw new CliException($"The log level {key} is '{value}'; use one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
            }
        }

        return section;
    }

    private static (string Category, string Level) Split(string text)
    {
        var equals = text.LastIndexOf('=');
        return equals > 0 ? (text[..equals], text[(equals + 1)..]) : (Default, text);
    }
}
