using System.Globalization;
using Microsoft.Extensions.Configuration;
using Throttle.Core.Time;

namespace Throttle.Silo.Settings;

/// <summary>Reads single values out of a configuration and remembers what is wrong with them. An empty value is none.</summary>
internal sealed class SettingReader(IConfiguration configuration)
{
    private readonly List<string> _faults = [];

    /// <summary>Adds a fault.</summary>
    public void Add(string fault) => _faults.Add(fault);

    /// <summary>Throws when there are faults.</summary>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            throw new InvalidSettingsException(_faults);
        }
    }

    /// <summary>What was given, or null.</summary>
    public string? Given(Setting setting) => configuration[setting.Key] is { Length: > 0 } text ? text : null;

    /// <summary>What was given, or the default.</summary>
    public string Text(Setting setting) => Given(setting) ?? setting.Default;

    /// <summary>A text for which <paramref name="isGood"/> holds; the default in the place of a faulty one.</summary>
    public string Text(Setting setting, Func<string, bool> isGood)
    {
        var text = Text(setting);
        if (isGood(text))
        {
            return text;
        }

        Add(setting.Fault(text));
        return setting.Default;
    }

    /// <summary>On or off.</summary>
    public bool Flag(FlagSetting setting)
    {
        var text = Text(setting);
        if (!bool.TryParse(text, out var value))
        {
            Add(setting.Fault(text));
        }

        return value;
    }

    /// <summary>A whole number within its range.</summary>
    public long Number(NumberSetting setting)
    {
        var text = Text(setting);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= setting.Min
            && number <= setting.Max)
        {
            return number;
        }

        Add(setting.Fault(text));
        return setting.Preset;
    }

    /// <summary>A duration within its range.</summary>
    public TimeSpan Duration(DurationSetting setting)
    {
        var text = Text(setting);
        if (Durations.TryParse(text, out var ticks, out _, setting.Min.Ticks, setting.Max.Ticks))
        {
            return TimeSpan.FromTicks(ticks);
        }

        Add(setting.Fault(text));
        return setting.Preset;
    }
}
