namespace Throttle.Api.Gubernator;

/// <summary>One item of <c>POST /v1/GetRateLimits</c>, as it was sent; what was left out is empty or 0.</summary>
/// <param name="Name">What is limited.</param>
/// <param name="UniqueKey">For whom.</param>
/// <param name="Hits">Permits to take; 0 asks, below 0 gives back.</param>
/// <param name="Limit">Permits a duration.</param>
/// <param name="Duration">In milliseconds, or a calendar unit: minute 0, hour 1, day 2, week 3, month 4, year 5.</param>
/// <param name="Algorithm">Its number.</param>
/// <param name="Behavior">Its flags.</param>
/// <param name="Burst">What a leaky bucket holds; 0 for the limit.</param>
internal readonly record struct RateLimitRequest(
    string Name, string UniqueKey, long Hits, long Limit, long Duration, RateLimitAlgorithm Algorithm, RateLimitBehaviors Behavior, long Burst)
{
    /// <summary>Whether it fills the bucket, as a whole or in part.</summary>
    public bool GivesBack => Hits < 0 || Has(RateLimitBehaviors.ResetRemaining);

    /// <summary>Whether a flag is set.</summary>
    public bool Has(RateLimitBehaviors flag) => (Behavior & flag) != 0;
}
