namespace Throttle.Api.Envoy;

/// <summary>What one descriptor is told.</summary>
/// <param name="Limit">The limit that was applied; null for none.</param>
/// <param name="IsOver">Whether it is over its limit.</param>
/// <param name="Remaining">What remains; the largest number where there is no limit on it.</param>
/// <param name="ResetSeconds">Whole seconds until the window ends, rounded up; 0 without a limit.</param>
internal readonly record struct EnvoyStatus(EnvoyLimit? Limit, bool IsOver, uint Remaining, long ResetSeconds)
{
    /// <summary>No limit applies.</summary>
    public static EnvoyStatus NoLimit { get; }

    /// <summary>A limit applies that has no number.</summary>
    public static EnvoyStatus Unlimited { get; } = new(null, false, uint.MaxValue, 0);
}
