using Throttle.Core;

namespace Throttle.Api.Http;

/// <summary>One question of an acquire call, alone or in a batch.</summary>
/// <param name="Request">The question; empty where it is faulty.</param>
/// <param name="IsPeek">True to look only, and take nothing.</param>
/// <param name="Problem">The fault of the question; null for a good one.</param>
internal readonly record struct BatchItem(ThrottleRequest Request, bool IsPeek, ApiProblem? Problem);
