namespace Throttle.Silo.Settings;

/// <summary>A setting that is a whole number, both ends of its range included.</summary>
internal sealed record NumberSetting(string Key, string Option, long Preset, long Min, long Max, string Effect)
    : Setting(Key, Option, FormattableString.Invariant($"{Preset}"), FormattableString.Invariant($"a whole number from {Min} to {Max}"), Effect)
{
    /// <inheritdoc/>
    public override string HelpName => "N";
}
