using Microsoft.AspNetCore.Http;

namespace Throttle.AspNetCore.Requests;

/// <summary>Every request, at its place in the pipeline.</summary>
internal sealed class ThrottleMiddleware(RequestDelegate next, ThrottleGate gate)
{
    public Task InvokeAsync(HttpContext context) => gate.PassAsync(context, next);
}
