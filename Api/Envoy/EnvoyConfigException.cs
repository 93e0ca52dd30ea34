namespace Throttle.Api.Envoy;

/// <summary>A configuration was refused as a whole; nothing has changed.</summary>
public sealed class EnvoyConfigException(IReadOnlyList<EnvoyFault> faults)
    : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>Everything that is wrong in all files, at least one.</summary>
    public IReadOnlyList<EnvoyFault> Faults { get; } = faults;
}
