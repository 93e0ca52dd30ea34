using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Throttle.Core.Failures;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary>Answers whatever goes wrong with a problem: known faults as they are, unknown paths and methods, and bugs without their insides.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> log)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        ApiProblem? problem;
        try
        {
            await next(context).ConfigureAwait(false);
            problem = OfStatus(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && IsGone(context, e))
        {
            await EndAsync(context).ConfigureAwait(false);
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            problem = OfException(context, e);
            CloseAfter(context, e);
        }

        if (problem is not null)
        {
            await ProblemJson.WriteAsync(context, problem).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Ends a request whose client has gone. Nobody reads the answer; the status is for the metrics. The answer is begun all the same:
    /// its field keeps the server from looking for a next request, which it cannot read, and would log.
    /// </summary>
    private static async Task EndAsync(HttpContext context)
    {
        context.Response.StatusCode = ClientClosedRequest;
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
            await context.Response.StartAsync(CancellationToken.None).ConfigureAwait(false);
        }

        context.Abort();
    }

    /// <summary>After half a body there is no next request on the connection; the server would look for one, and log that it cannot.</summary>
    private static void CloseAfter(HttpContext context, Exception e)
    {
        if (e is BadHttpRequestException && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }
    }

    private static bool IsGone(HttpContext context, Exception e) =>
        e is ConnectionAbortedException or ConnectionResetException
        || (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested);

    /// <summary>What the routes and the server answer without a body.</summary>
    private static ApiProblem? OfStatus(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength is not null || response.ContentType is not null)
        {
            return null;
        }

        var path = ApiProblem.Shorten(context.Request.Path);
        return response.StatusCode switch
        {
            404 => new ApiProblem(404, "no-such-path", $"There is nothing at '{path}'; /openapi/v1.json lists what there is."),
            405 => new ApiProblem(
                405, "method-not-allowed", $"{context.Request.Method} is not for '{path}'; use {response.Headers.Allow}.")
            {
                Allowed = response.Headers.Allow,
            },
            var status => new ApiProblem(status, "http-error", "The request cannot be answered."),
        };
    }

    private ApiProblem OfException(HttpContext context, Exception e)
    {
        switch (e)
        {
            case ApiProblemException known:
                return known.Problem;
            case InvalidRulesException invalid:
                return new ApiProblem(
                    400, "invalid-rules", $"The rules have {invalid.Faults.Count} fault{(invalid.Faults.Count == 1 ? "" : "s")}; nothing has changed.")
                {
                    Faults = invalid.Faults,
                };
            case RuleVersionConflictException conflict:
                return RuleEndpoint.Conflict($"The edit was made on version {conflict.Expected}", conflict.Current);
            case FailureException failed:
                return ApiProblem.Unavailable(failed.Failure);
            case BadHttpRequestException bad:
                return new ApiProblem(bad.StatusCode, "bad-request", bad.Message);
            default:
                var failure = Failure.WithNewId(FailureReason.Internal);
                LogUnhandled(log, context.Request.Method, context.Request.Path, failure.Id, e);
                return new ApiProblem(500, "internal-error", $"Something went wrong here, not in your request; the node's log says what, as failure {failure.Id}.")
                {
                    FailureId = failure.Id,
                };
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed (failure {Id})")]
    private static partial void LogUnhandled(ILogger log, string method, string path, string? id, Exception exception);
}
