namespace Throttle.Api.Gubernator;

/// <summary>The answer to one item.</summary>
/// <param name="IsOver">Whether the item was refused.</param>
/// <param name="Limit">The limit that was asked by.</param>
/// <param name="Remaining">What is left.</param>
/// <param name="ResetTime">When the window ends or the bucket is full, in milliseconds since 1970, rounded up.</param>
/// <param name="Error">Why there is no answer; then the rest is 0. Empty when there is one.</param>
internal readonly record struct RateLimitAnswer(bool IsOver, long Limit, long Remaining, long ResetTime, string Error)
{
    /// <summary>No answer.</summary>
    public static RateLimitAnswer Failed(string error) => new(false, 0, 0, 0, error);
}
