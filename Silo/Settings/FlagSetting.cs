namespace Throttle.Silo.Settings;

/// <summary>A setting that is on or off; off when not given.</summary>
internal sealed record FlagSetting : Setting
{
    public FlagSetting(string key, string option, string effect)
        : base(key, option, "false", "true or false", effect) => Implied = "true";

    /// <inheritdoc/>
    public override string HelpName => "true|false";
}
