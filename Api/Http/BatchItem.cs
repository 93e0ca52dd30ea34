using Throttle.Core;

namespace Throttle.Api.Http;

/// <summary>One request of a batch, or what is wrong with it.</summary>
internal readonly record struct BatchItem(ThrottleRequest Request, ApiProblem? Problem);
