using Throttle.Core;

namespace Throttle.Api.Http;

/// <summary>A body of <c>POST /v1/begin</c> or <c>POST /v1/ran</c>: what was asked, the answer's instant, and how long ago the call ran.</summary>
internal readonly record struct BeginCall(ThrottleRequest Request, DateTimeOffset At, TimeSpan Ago);
