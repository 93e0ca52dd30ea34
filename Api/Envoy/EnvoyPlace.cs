namespace Throttle.Api.Envoy;

/// <summary>A line of a file.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">The line, from 1.</param>
public readonly record struct EnvoyPlace(string File, int Line)
{
    /// <summary><c>example.yaml:12</c></summary>
    public override string ToString() => FormattableString.Invariant($"{File}:{Line}");
}
