namespace Throttle.Core.Rules;

/// <summary>What one unit of a request costs: a number of permits, or the value of a numeric attribute.</summary>
/// <param name="Permits">Permits, 0 to <see cref="Limiters.Limits.MaxPermits"/>; unused when <paramref name="Attribute"/> is given.</param>
/// <param name="Attribute">The attribute that holds the cost, or null. A request that lacks it does not match the rule.</param>
public readonly record struct Cost(long Permits, string? Attribute = null)
{
    /// <summary>One permit.</summary>
    public static Cost One { get; } = new(1);
}
