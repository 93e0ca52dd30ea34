using Throttle.Core.Inline;

namespace Throttle.Api.Redis;

/// <summary>A command whose answer comes from elsewhere, or has to stand behind one that does.</summary>
/// <param name="Dialect">How it is answered.</param>
/// <param name="Numbers">Its limit; null where there is an error.</param>
/// <param name="Call">What is asked.</param>
/// <param name="Error">What is wrong with it, or null.</param>
internal readonly record struct PendingRate(RateDialect Dialect, RateNumbers? Numbers, InlineCall Call, string? Error = null);
