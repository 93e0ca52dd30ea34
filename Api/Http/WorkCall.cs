using Microsoft.AspNetCore.Http;
using Throttle.Core.Failures;
using Throttle.Core.Queues;

namespace Throttle.Api.Http;

/// <summary>What calls about queues of work have in common.</summary>
internal static class WorkCall
{
    /// <summary>What an id may be.</summary>
    public const string AllowedId = "1 to 200 visible ASCII characters";

    /// <summary>The id in the query.</summary>
    public static string NeedId(HttpContext context)
    {
        var asked = context.Request.Query["id"];
        return CheckId(asked.Count == 1 ? asked[0] : null);
    }

    /// <summary>The id, where it may be one.</summary>
    public static string CheckId(string? id) =>
        id is null ? throw Faulty("missing-field", $"id is missing; name the work, as in ?id=job-1: {AllowedId}.", null)
        : WorkLimits.FaultOfId(id) is { } fault ? throw Faulty("invalid-field", fault, ApiProblem.Shorten(id))
        : id;

    /// <summary>Turns what queues throw where they cannot be used into problems.</summary>
    public static async ValueTask<T> CatchAsync<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (WorkQueueException e)
        {
            throw new ApiProblemException(ProblemOf(e));
        }
    }

    /// <summary>Fails unless an edit was done.</summary>
    /// <param name="edit">What became of it.</param>
    /// <param name="id">The work's id.</param>
    /// <param name="where">Where it was looked for.</param>
    public static void Check(WorkEdit edit, string id, string where)
    {
        var problem = edit switch
        {
            WorkEdit.Done => null,
            WorkEdit.BeingDelivered => new ApiProblem(409, "being-delivered", $"Work '{ApiProblem.Shorten(id)}' is being delivered at this moment."),
            WorkEdit.Full => new ApiProblem(429, "queue-full", $"The line is full; work '{ApiProblem.Shorten(id)}' stays where it is."),
            _ => new ApiProblem(404, "no-such-work", $"There is no work '{ApiProblem.Shorten(id)}' {where}."),
        };
        if (problem is not null)
        {
            throw new ApiProblemException(problem with { Field = "id", Value = ApiProblem.Shorten(id) });
        }
    }

    private static ApiProblemException Faulty(string code, string detail, string? value) =>
        new(new ApiProblem(400, code, detail) { Field = "id", Value = value, Allowed = AllowedId });

    private static ApiProblem ProblemOf(WorkQueueException e) => e.Fault switch
    {
        WorkQueueFault.NoRule => new(404, "no-such-rule", $"{e.Message[..^1]}; GET /v1/rules lists them.") { Field = "rule" },
        WorkQueueFault.NoQueue => new(409, "not-a-queue", e.Message) { Field = "rule" },
        WorkQueueFault.IsOff => new(409, "rule-off", e.Message) { Field = "rule" },
        WorkQueueFault.NoProcessor => new(409, "no-processor", e.Message) { Field = "rule" },
        _ => ApiProblem.Unavailable(Failure.Parse(e.Message)),
    };
}
