using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Throttle.AspNetCore.Answers;
using Throttle.AspNetCore.Requests;
using Throttle.Core;

namespace Throttle.AspNetCore.Limiters;

/// <summary>A throttle's rules in an application that uses <c>AddRateLimiter</c> and <c>UseRateLimiter</c>.</summary>
/// <example>
/// <code>
/// services.AddRateLimiter(options =>
/// {
///     options.GlobalLimiter = ThrottleRequests.Limiter(throttle);
///     options.OnRejected = ThrottleRequests.AnswerAsync;
/// });
/// </code>
/// </example>
public static class ThrottleRequests
{
    /// <summary>A limiter of requests by all rules that match their attributes, which are those of the middleware.</summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="requests">What is made of a request: proxies, headers, user and cost count here; null for the defaults.</param>
    /// <param name="options">How requests may wait; null for not at all.</param>
    public static PartitionedRateLimiter<HttpContext> Limiter(
        IThrottle throttle, ThrottleMiddlewareOptions? requests = null, ThrottleRateLimiterOptions? options = null)
    {
        requests ??= new();
        var result = new ThrottleMiddlewareOptionsValidator().Validate(null, requests);
        return result.Failed
            ? throw new ArgumentException(result.FailureMessage, nameof(requests))
            : new ThrottlePartitionedRateLimiter<HttpContext>(
                throttle, context => new(RequestAttributes.Of(context, requests), requests.Cost(context)), options);
    }

    /// <summary>
    /// Answers a rejected request as the middleware does: the fields <c>RateLimit</c> and <c>RateLimit-Policy</c>, <c>Retry-After</c> and
    /// problem+json, or a gRPC status for a gRPC call. What other limiters have refused keeps the status of the options.
    /// </summary>
    public static async ValueTask AnswerAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rejected);
        if (rejected.Lease.TryGetMetadata(ThrottleMetadata.Decision, out var decision) && decision is { IsAllowed: false })
        {
            RateLimitFields.Set(rejected.HttpContext.Response.Headers, decision);
            await ProblemAnswer.WriteAsync(rejected.HttpContext, ApiProblem.Refused(decision)).ConfigureAwait(false);
        }
    }
}
