namespace Throttle.Tests.Contracts;

/// <summary>A fact about signals; skipped on Windows.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    /// <summary>Skips on Windows.</summary>
    public UnixFactAttribute() => Skip = Signals.Missing;
}
