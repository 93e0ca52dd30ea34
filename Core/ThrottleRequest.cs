namespace Throttle.Core;

/// <summary>One question to a throttle.</summary>
/// <param name="Attributes">What is known of the request; rules match on it and make keys of it.</param>
/// <param name="Cost">
/// Units asked for, 0 to <see cref="Limiters.Limits.MaxPermits"/>; each rule multiplies it by its own cost. 0 asks without taking.
/// </param>
/// <param name="MaxWait">The longest acceptable wait, zero or more; zero for now or never.</param>
public readonly record struct ThrottleRequest(Attributes Attributes, long Cost = 1, TimeSpan MaxWait = default)
{
    /// <summary>
    /// The one rule to ask, whatever its conditions and whatever else matches; null for all that match. A rule whose mode is off
    /// says nothing. A key attribute that the request lacks counts as empty: whoever lacks it shares one bucket.
    /// </summary>
    /// <remarks>Asking for a rule that is not there is an <see cref="Rules.UnknownRuleException"/>: it must not pass for a permission.</remarks>
    public string? Rule { get; init; }

    /// <summary>
    /// The bucket of <see cref="Rule"/> by its key, see <see cref="BucketKey"/>, in place of the attributes that would make it; null
    /// for those. Only with a rule.
    /// </summary>
    public string? Key { get; init; }
}
