using System.Globalization;
using Microsoft.AspNetCore.Http;
using Throttle.Core.Failures;
using Throttle.Core.Queues;
using Throttle.Core.Time;

namespace Throttle.Api.Http;

/// <summary><c>/v1/queues/{rule}/{key}</c>: hands work over, shows a queue, cancels work.</summary>
internal sealed class QueueEndpoint(IWorkQueues queues, AdminGuard guard)
{
    private static readonly KeyedPath Path = new("/v1/queues/");

    /// <summary>Puts work in line: the body, as it is.</summary>
    public async Task EnqueueAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var id = WorkCall.NeedId(context);
        var contentType = context.Request.ContentType;
        if (WorkLimits.FaultOfContentType(contentType) is { } fault)
        {
            throw new ApiProblemException(new ApiProblem(400, "invalid-field", fault) { Field = "Content-Type" });
        }

        var payload = await RequestBody.ReadBytesAsync(context, WorkLimits.MaxPayloadBytes).ConfigureAwait(false);
        var answer = await WorkCall
            .CatchAsync(() => queues.EnqueueAsync(rule, key, new(id, payload, contentType), context.RequestAborted))
            .ConfigureAwait(false);
        if (answer.Status == WorkAnswerStatus.Failed)
        {
            throw new FailureException(Failure.Parse(answer.Reason));
        }

        if (!answer.IsAccepted)
        {
            context.Response.Headers.RetryAfter =
                ((answer.RetryAfterTicks + Ticks.PerSecond - 1) / Ticks.PerSecond).ToString(CultureInfo.InvariantCulture);
        }

        var status = answer.IsAccepted ? StatusCodes.Status202Accepted : StatusCodes.Status429TooManyRequests;
        await JsonBody.WriteAsync(context, status, (rule, key, id, answer), WorkJson.WriteAnswer).ConfigureAwait(false);
    }

    public async Task ShowAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var status = await WorkCall.CatchAsync(() => queues.InspectAsync(rule, key, context.RequestAborted)).ConfigureAwait(false);

        // The reason of the last failure names the webhook's host.
        var shown = guard.MayRead(context) ? status : status with { HeadError = null };
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, (rule, key, shown), WorkJson.WriteStatus).ConfigureAwait(false);
    }

    public async Task CancelAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var id = WorkCall.NeedId(context);
        var edit = await WorkCall.CatchAsync(() => queues.CancelAsync(rule, key, id, context.RequestAborted)).ConfigureAwait(false);
        WorkCall.Check(edit, id, "in line");
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, ("cancelled", id), WorkJson.WriteEdit).ConfigureAwait(false);
    }
}
