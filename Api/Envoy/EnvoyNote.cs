namespace Throttle.Api.Envoy;

/// <summary>Something of a configuration that rules cannot say.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Name">The limit it belongs to.</param>
/// <param name="IsLeftOut">Whether the limit was left out; otherwise it was converted, and differs.</param>
/// <param name="Reason">Why.</param>
public sealed record EnvoyNote(EnvoyPlace Place, string Name, bool IsLeftOut, string Reason)
{
    /// <summary><c>example.yaml:12: rl.foo is left out: …</c></summary>
    public override string ToString() => $"{Place}: {Name} {(IsLeftOut ? "is left out" : "differs")}: {Reason}.";
}
