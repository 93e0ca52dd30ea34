namespace Throttle.Silo.Settings;

/// <summary>Settings that no silo can be started with; all faults are listed.</summary>
internal sealed class InvalidSettingsException(IReadOnlyList<string> faults) : Exception(string.Join(' ', faults))
{
    /// <summary>One sentence or two for each, with the value and what it may be.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
