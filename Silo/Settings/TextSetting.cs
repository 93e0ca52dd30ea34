namespace Throttle.Silo.Settings;

/// <summary>A setting that is some text; whoever reads it checks more than that.</summary>
internal sealed record TextSetting(string Key, string Option, string Name, string Default, string Range, string Effect)
    : Setting(Key, Option, Default, Range, Effect)
{
    /// <inheritdoc/>
    public override string HelpName => Name;
}
