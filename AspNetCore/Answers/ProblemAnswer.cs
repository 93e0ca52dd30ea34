using Microsoft.AspNetCore.Http;

namespace Throttle.AspNetCore.Answers;

/// <summary>Answers a request with a problem in the caller's own protocol.</summary>
internal static class ProblemAnswer
{
    /// <summary>As a gRPC status where the request is a gRPC call, and as problem+json otherwise.</summary>
    public static Task WriteAsync(HttpContext context, ApiProblem problem)
    {
        if (!GrpcAnswer.IsCall(context.Request.ContentType))
        {
            return ProblemJson.WriteAsync(context, problem);
        }

        GrpcAnswer.Set(context.Response, context.Request.ContentType, problem);
        return Task.CompletedTask;
    }
}
