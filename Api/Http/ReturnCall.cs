using Throttle.Core;

namespace Throttle.Api.Http;

/// <summary>A body of <c>POST /v1/return</c>: a lease, or what was asked and when.</summary>
internal readonly record struct ReturnCall(string? Lease, ThrottleRequest Request, DateTimeOffset? At);
