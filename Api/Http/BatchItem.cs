using Throttle.Core;

namespace Throttle.Api.Http;

/// <summary>What is asked, alone or in a batch, or what is wrong with it.</summary>
/// <param name="Request">The question.</param>
/// <param name="IsPeek">Whether nothing is to be taken.</param>
/// <param name="Problem">What is wrong, or null.</param>
internal readonly record struct BatchItem(ThrottleRequest Request, bool IsPeek, ApiProblem? Problem);
