namespace Throttle.Tests.Contracts;

/// <summary>A theory about signals; skipped on Windows.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips on Windows.</summary>
    public UnixTheoryAttribute() => Skip = Signals.Missing;
}
