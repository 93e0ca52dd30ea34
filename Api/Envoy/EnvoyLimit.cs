using Throttle.Core.Limiters;

namespace Throttle.Api.Envoy;

/// <summary>One <c>rate_limit</c>, of a file or of a request.</summary>
internal sealed record EnvoyLimit
{
    /// <summary>A limit of so many requests in each unit.</summary>
    public EnvoyLimit(uint requestsPerUnit, EnvoyUnit unit)
    {
        (RequestsPerUnit, Unit) = (requestsPerUnit, unit);

        // No bucket holds nothing: a limit of 0 is decided without one.
        Spec = requestsPerUnit > 0 ? new FixedWindowSpec(requestsPerUnit, EnvoyUnits.TicksOf(unit)) : null;
    }

    /// <summary><c>unlimited</c>.</summary>
    public static EnvoyLimit Unlimited { get; } = new(0, default(EnvoyUnit)) { IsUnlimited = true };

    /// <summary>0 to 4,294,967,295; 0 refuses everything.</summary>
    public uint RequestsPerUnit { get; }

    public EnvoyUnit Unit { get; }

    /// <summary>The window that counts it; null where there is nothing to count.</summary>
    public FixedWindowSpec? Spec { get; }

    public bool IsUnlimited { get; init; }

    /// <summary>What <c>replaces</c> names it by; empty for none.</summary>
    public string Name { get; init; } = "";

    /// <summary>Names of the limits that are not applied to a request to which this one is.</summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];

    public bool IsShadow { get; init; }

    public bool IsQuota { get; init; }

    public bool HasDetailedMetric { get; init; }
}
