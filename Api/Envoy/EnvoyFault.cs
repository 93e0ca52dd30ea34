namespace Throttle.Api.Envoy;

/// <summary>One thing wrong with a configuration.</summary>
/// <param name="Place">Where.</param>
/// <param name="Message">What; in Envoy's words where it has some.</param>
public sealed record EnvoyFault(EnvoyPlace Place, string Message)
{
    /// <summary><c>example.yaml:12: descriptor has empty key</c></summary>
    public override string ToString() => $"{Place}: {Message}";
}
