namespace Throttle.Api.Http;

/// <summary>A body of <c>POST /v1/clock</c>: how far, or to when; exactly one is given.</summary>
internal readonly record struct ClockCall(TimeSpan? Advance, DateTimeOffset? To);
