using Throttle.Core.Time;

namespace Throttle.Silo.Settings;

/// <summary>A setting that is a duration, both ends of its range included.</summary>
internal sealed record DurationSetting(string Key, string Option, TimeSpan Preset, TimeSpan Min, TimeSpan Max, string Effect)
    : Setting(
        Key,
        Option,
        Durations.Format(Preset.Ticks),
        $"a duration from {Durations.Format(Min.Ticks)} to {Durations.Format(Max.Ticks)}, such as 500ms, 10s or 2m",
        Effect)
{
    /// <inheritdoc/>
    public override string HelpName => "DURATION";
}
