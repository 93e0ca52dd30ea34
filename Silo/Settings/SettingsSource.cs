using Microsoft.Extensions.Configuration;

namespace Throttle.Silo.Settings;

/// <summary>Where settings come from: a file, then the environment, then the command line; the later one counts.</summary>
internal static class SettingsSource
{
    /// <summary>The file's name; it lies next to the program.</summary>
    public const string FileName = "appsettings.json";

    /// <summary>The section of log levels, as .NET has it.</summary>
    public const string LoggingSection = "Logging";

    /// <summary>All three as one configuration.</summary>
    /// <param name="folder">Where the file lies; it need not be there.</param>
    /// <param name="commandLine">Keys and values of the command line.</param>
    /// <exception cref="InvalidSettingsException">The file is no JSON, or a name is not known.</exception>
    public static IConfigurationRoot Read(string folder, IReadOnlyDictionary<string, string?> commandLine)
    {
        var configuration = Read(folder, commandLine, out var faults);
        return faults.Count == 0 ? configuration : throw new InvalidSettingsException(faults);
    }

    /// <summary>As <see cref="Read(string, IReadOnlyDictionary{string, string?})"/>, so that faulty values can be listed beside unknown names.</summary>
    /// <exception cref="InvalidSettingsException">The file is no JSON.</exception>
    public static IConfigurationRoot Read(string folder, IReadOnlyDictionary<string, string?> commandLine, out IReadOnlyList<string> faults)
    {
        var path = Path.Combine(folder, FileName);
        var file = ReadFile(path);
        var environment = new ConfigurationBuilder().AddEnvironmentVariables(SettingList.EnvironmentPrefix).Build();
        faults =
        [
            .. KeysOf(file).Where(key => !IsKnown(key)).Select(key => $"'{path}' has '{key}', which is no setting; see --help."),

            // Only with a section: orchestrators make variables of their own out of a service's name, such as THROTTLE_PORT.
            .. KeysOf(environment).Where(key => key.Contains(':', StringComparison.Ordinal) && !IsKnown(key)).Select(key =>
                $"The variable {SettingList.EnvironmentPrefix}{key.Replace(":", "__", StringComparison.Ordinal)} is no setting; see --help."),
        ];
        var all = new ConfigurationBuilder().AddConfiguration(file).AddConfiguration(environment).AddInMemoryCollection(commandLine).Build();
        if (string.IsNullOrEmpty(all[SettingList.AdminToken.Key]) && string.IsNullOrEmpty(all[SettingList.AdminTokenFile.Key]))
        {
            all[SettingList.AdminToken.Key] = environment[SettingList.TokenVariable];
        }

        return all;
    }

    private static IConfigurationRoot ReadFile(string path)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path), optional: true, reloadOnChange: false).Build();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidSettingsException([$"'{path}' cannot be read: {(e.InnerException ?? e).Message}"]);
        }
    }

    private static IEnumerable<string> KeysOf(IConfiguration configuration) =>
        configuration.AsEnumerable().Where(pair => !configuration.GetSection(pair.Key).GetChildren().Any()).Select(pair => pair.Key);

    private static bool IsKnown(string key) =>
        key.StartsWith(LoggingSection + ":", StringComparison.OrdinalIgnoreCase)
        || SettingList.All.Any(setting => string.Equals(setting.Key, key, StringComparison.OrdinalIgnoreCase));
}
