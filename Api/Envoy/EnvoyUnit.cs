namespace Throttle.Api.Envoy;

/// <summary>The unit of time of a limit, numbered as in Envoy's protocol.</summary>
public enum EnvoyUnit
{
    /// <summary>A second.</summary>
    Second = 1,

    /// <summary>A minute.</summary>
    Minute = 2,

    /// <summary>An hour.</summary>
    Hour = 3,

    /// <summary>24 hours from midnight UTC.</summary>
    Day = 4,

    /// <summary>Blocks of 30 days from the Unix epoch on, as Envoy counts; not of the calendar.</summary>
    Month = 5,

    /// <summary>Blocks of 365 days from the Unix epoch on; not of the calendar.</summary>
    Year = 6,

    /// <summary>Blocks of 7 days from the Unix epoch on, which was a Thursday.</summary>
    Week = 7,
}
