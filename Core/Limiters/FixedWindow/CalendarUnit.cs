namespace Throttle.Core.Limiters;

/// <summary>The length of a calendar window.</summary>
public enum CalendarUnit
{
    /// <summary>From one full minute of local time to the next.</summary>
    Minute,

    /// <summary>From one full hour of local time to the next.</summary>
    Hour,

    /// <summary>From local midnight to the next: 23 to 25 hours where clocks change.</summary>
    Day,

    /// <summary>Seven calendar days from the chosen first day of the week.</summary>
    Week,

    /// <summary>From the first of a month to the first of the next.</summary>
    Month,

    /// <summary>From 1 January to the next.</summary>
    Year,
}
