using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Api.Http;
using Throttle.Core.Engine;
using Throttle.Core.Inline;

namespace Throttle.Api.Gubernator;

/// <summary><c>POST /v1/GetRateLimits</c>: gubernator's question, answered by our buckets.</summary>
internal sealed class GubernatorEndpoint(IInlineLimits limits, ThrottleApiOptions options, AdminGuard guard)
{
    private static readonly Action<Utf8JsonWriter, RateLimitAnswer[]> WriteAnswers = RateLimitJson.Write;

    private long Now => options.Clock.GetUtcNow().UtcTicks;

    public async Task HandleAsync(HttpContext context)
    {
        var items = await RequestBody.ReadJsonAsync(context, RateLimitJson.Read).ConfigureAwait(false);
        var refusal = items.Exists(item => item.GivesBack) ? RefusalToGiveBack(context) : null;
        var plans = items.ConvertAll(item => refusal is not null && item.GivesBack
            ? RateLimitPlan.Failed(item, refusal)
            : RateLimitPlan.Of(item, Now));
        var asked = plans.FindAll(plan => plan.Answer is null);
        var said = asked.Count == 0
            ? []
            : await limits.AskEachAsync([.. asked.Select(plan => plan.Call)], context.RequestAborted).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, Answers(plans, said, Now), WriteAnswers).ConfigureAwait(false);
    }

    /// <summary>Why the caller may not give permits back, or null where it may: anybody could refill the bucket of another.</summary>
    private string? RefusalToGiveBack(HttpContext context)
    {
        try
        {
            guard.Check(context);
            return null;
        }
        catch (ApiProblemException refused)
        {
            // The other items are answered, so the response as a whole asks for no token.
            context.Response.Headers.WWWAuthenticate = default;
            return $"negative hits and RESET_REMAINING give permits back: {refused.Problem.Detail}";
        }
    }

    private static RateLimitAnswer[] Answers(List<RateLimitPlan> plans, BucketAnswer[] said, long now)
    {
        var answers = new RateLimitAnswer[plans.Count];
        for (int i = 0, next = 0; i < answers.Length; i++)
        {
            answers[i] = plans[i].Answer ?? plans[i].From(said[next++], now);
        }

        return answers;
    }
}
