using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary><c>POST /v1/acquire</c>: one question, or a batch.</summary>
internal sealed class AcquireEndpoint(IThrottle throttle, IRules rules)
{
    private static readonly Action<Utf8JsonWriter, BatchAnswer[]> WriteBatch = WriteAnswers;

    public async Task HandleAsync(HttpContext context)
    {
        var (single, batch) = await RequestBody.ReadJsonAsync(context, RequestJson.Acquire).ConfigureAwait(false);
        if (batch is null)
        {
            await AnswerOneAsync(context, single).ConfigureAwait(false);
        }
        else
        {
            await AnswerBatchAsync(context, batch).ConfigureAwait(false);
        }
    }

    private async Task AnswerOneAsync(HttpContext context, BatchItem asked)
    {
        KeyLength.Check(rules.Current, asked.Request.Attributes, "");
        var decision = await AskOneAsync(asked, "", context.RequestAborted).ConfigureAwait(false);
        RateLimitFields.Set(context.Response.Headers, decision);
        await JsonBody.WriteAsync(context, ApiProblem.StatusOf(decision), decision, DecisionJson.Write).ConfigureAwait(false);
    }

    private ValueTask<Decision> AskOneAsync(in BatchItem asked, string path, CancellationToken cancellationToken) => Misuse.CatchAsync<Decision>(
        asked.IsPeek ? throttle.PeekAsync : throttle.ReserveAsync, asked.Request, path, cancellationToken);

    /// <summary>Asks for all together, and answers in order, the faulty ones in their places. What is only looked at is looked at last.</summary>
    private async Task AnswerBatchAsync(HttpContext context, List<BatchItem> batch)
    {
        CheckWork(batch.Count, rules.Current.CommonRules);
        var answers = new BatchAnswer[batch.Count];
        var places = new List<int>();
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = new BatchAnswer(null, batch[i].Problem ?? KeyProblem(batch[i].Request, PathOf(i)));
            if (answers[i].Problem is null && !batch[i].IsPeek)
            {
                places.Add(i);
            }
        }

        while (places.Count > 0)
        {
            places = await AskAsync(batch, places, answers, context.RequestAborted).ConfigureAwait(false);
        }

        await PeekAsync(batch, answers, context.RequestAborted).ConfigureAwait(false);

        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, answers, WriteBatch).ConfigureAwait(false);
    }

    /// <summary>Refuses a batch whose requests times the rules that each is compared with are more than one call may cost.</summary>
    private static void CheckWork(int requests, int commonRules)
    {
        var most = ApiLimits.MaxComparisons / Math.Max(1, commonRules);
        if (requests > most)
        {
            throw new ApiProblemException(new ApiProblem(
                413,
                "batch-too-large",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The batch has {requests} requests, and each is compared with {commonRules} rules; use 0 to {most} requests."))
            {
                Allowed = string.Create(CultureInfo.InvariantCulture, $"0 to {most}"),
            });
        }
    }

    /// <summary>Asks for the items at these places. Where some cannot be asked, nothing was taken, and the others are still to be.</summary>
    /// <returns>The places to ask for again.</returns>
    private async Task<List<int>> AskAsync(
        List<BatchItem> batch, List<int> places, BatchAnswer[] answers, CancellationToken cancellationToken)
    {
        try
        {
            var decisions = await throttle.ReserveEachAsync(places.ConvertAll(i => batch[i].Request), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < places.Count; i++)
            {
                answers[places[i]] = new BatchAnswer(decisions[i], null);
            }

            return [];
        }
        catch (InvalidRequestsException e)
        {
            foreach (var fault in e.Faults)
            {
                var place = places[fault.Index];
                answers[place] = new BatchAnswer(null, Misuse.ProblemOf(fault.Error, PathOf(place)));
            }

            return places.FindAll(i => answers[i].Problem is null);
        }
    }

    private async Task PeekAsync(List<BatchItem> batch, BatchAnswer[] answers, CancellationToken cancellationToken)
    {
        for (var i = 0; i < answers.Length; i++)
        {
            if (batch[i].IsPeek && answers[i].Problem is null)
            {
                try
                {
                    answers[i] = new BatchAnswer(await AskOneAsync(batch[i], PathOf(i), cancellationToken).ConfigureAwait(false), null);
                }
                catch (ApiProblemException e)
                {
                    answers[i] = new BatchAnswer(null, e.Problem);
                }
            }
        }
    }

    private static string PathOf(int place) => string.Create(CultureInfo.InvariantCulture, $"[{place}].");

    private ApiProblem? KeyProblem(ThrottleRequest request, string path)
    {
        try
        {
            KeyLength.Check(rules.Current, request.Attributes, path);
            return null;
        }
        catch (ApiProblemException e)
        {
            return e.Problem;
        }
    }

    private static void WriteAnswers(Utf8JsonWriter writer, BatchAnswer[] answers)
    {
        writer.WriteStartArray();
        foreach (var answer in answers)
        {
            if (answer.Decision is { } decision)
            {
                DecisionJson.Write(writer, decision);
            }
            else
            {
                writer.WriteStartObject();
                writer.WritePropertyName("error"u8);
                ProblemJson.Write(writer, answer.Problem!);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }

    /// <summary>A decision or a problem.</summary>
    private readonly record struct BatchAnswer(Decision? Decision, ApiProblem? Problem);
}
