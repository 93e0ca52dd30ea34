using System.CommandLine;

namespace Throttle.Silo.Settings;

/// <summary>The settings as options of the command line. Values are checked later, together with those from elsewhere.</summary>
internal static class SettingOptions
{
    private static readonly (Setting Setting, Option<string[]> Option)[] Pairs =
        [.. SettingList.All.Select(setting => (setting, ToOption(setting)))];

    /// <summary>One for each setting.</summary>
    public static IEnumerable<Option> All => Pairs.Select(pair => pair.Option);

    /// <summary>What was given, by the settings' keys.</summary>
    public static IReadOnlyDictionary<string, string?> Read(ParseResult result)
    {
        var given = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (setting, option) in Pairs)
        {
            if (result.GetResult(option) is { Implicit: false } found)
            {
                given[setting.Key] = found.Tokens.Count == 0 ? setting.Implied : string.Join(';', found.Tokens.Select(token => token.Value));
            }
        }

        return given;
    }

    private static Option<string[]> ToOption(Setting setting)
    {
        var preset = setting.Default.Length == 0 ? "" : $" [default: {setting.Default}]";
        return new Option<string[]>(setting.Option, setting.Alias is { } alias ? [alias] : [])
        {
            Description = $"{setting.Effect}{preset} ({setting.Key})",
            HelpName = setting.HelpName,
            AllowMultipleArgumentsPerToken = setting.TakesMany,
            CustomParser = found => [.. found.Tokens.Select(token => token.Value)],
            Arity = setting.TakesMany ? ArgumentArity.OneOrMore
                : setting.Implied is not null ? ArgumentArity.ZeroOrOne
                : ArgumentArity.ExactlyOne,
        };
    }
}
