using Throttle.Core.Time;

namespace Throttle.Api.Envoy;

/// <summary>Names and lengths of units.</summary>
internal static class EnvoyUnits
{
    /// <summary>The names of the protocol, in the order of their length.</summary>
    public const string Allowed = "SECOND, MINUTE, HOUR, DAY, WEEK, MONTH or YEAR";

    /// <summary>The unit of a name of the protocol, such as <c>MINUTE</c>; null for any other.</summary>
    public static EnvoyUnit? Parse(string name) => name switch
    {
        "SECOND" => EnvoyUnit.Second,
        "MINUTE" => EnvoyUnit.Minute,
        "HOUR" => EnvoyUnit.Hour,
        "DAY" => EnvoyUnit.Day,
        "WEEK" => EnvoyUnit.Week,
        "MONTH" => EnvoyUnit.Month,
        "YEAR" => EnvoyUnit.Year,
        _ => null,
    };

    /// <summary>The protocol's name.</summary>
    public static string NameOf(EnvoyUnit unit) => unit switch
    {
        EnvoyUnit.Second => "SECOND",
        EnvoyUnit.Minute => "MINUTE",
        EnvoyUnit.Hour => "HOUR",
        EnvoyUnit.Day => "DAY",
        EnvoyUnit.Week => "WEEK",
        EnvoyUnit.Month => "MONTH",
        _ => "YEAR",
    };

    /// <summary>The length in ticks; blocks of it are aligned to the Unix epoch.</summary>
    public static long TicksOf(EnvoyUnit unit) => unit switch
    {
        EnvoyUnit.Second => Ticks.PerSecond,
        EnvoyUnit.Minute => 60 * Ticks.PerSecond,
        EnvoyUnit.Hour => 3_600 * Ticks.PerSecond,
        EnvoyUnit.Day => Ticks.PerDay,
        EnvoyUnit.Week => 7 * Ticks.PerDay,
        EnvoyUnit.Month => 30 * Ticks.PerDay,
        _ => 365 * Ticks.PerDay,
    };
}
