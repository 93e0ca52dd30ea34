namespace Throttle.Silo.Settings;

/// <summary>One setting: what it is called in each place, what it is when not given, and what it may be.</summary>
/// <param name="Key">Its name in the configuration, such as <c>Cluster:SiloPort</c>.</param>
/// <param name="Option">Its name on the command line, such as <c>--silo-port</c>.</param>
/// <param name="Default">As text; empty for none.</param>
/// <param name="Range">What it may be, in words that follow "use".</param>
/// <param name="Effect">What it does, as one sentence or two.</param>
internal abstract record Setting(string Key, string Option, string Default, string Range, string Effect)
{
    /// <summary>What stands for its value in the help.</summary>
    public abstract string HelpName { get; }

    /// <summary>Another name on the command line, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>What the option means without a value; null where it needs one.</summary>
    public string? Implied { get; init; }

    /// <summary>Whether the option takes several values.</summary>
    public bool TakesMany { get; init; }

    /// <summary>Its environment variable.</summary>
    public string Variable => SettingList.EnvironmentPrefix + Key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Says what is wrong with a value.</summary>
    public string Fault(string value) => $"{Key} ({Option}) is '{value}'; use {Range}.";
}
