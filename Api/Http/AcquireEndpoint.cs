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

    private async Task AnswerOneAsync(HttpContext context, ThrottleRequest request)
    {
        var decision = await ReserveAsync(request, "", context.RequestAborted).ConfigureAwait(false);
        RateLimitFields.Set(context.Response.Headers, decision);
        await JsonBody.WriteAsync(context, StatusOf(decision), decision, DecisionJson.Write).ConfigureAwait(false);
    }

    /// <summary>Asks in order, without waiting for one answer before the next question, and answers in order.</summary>
    private async Task AnswerBatchAsync(HttpContext context, List<BatchItem> batch)
    {
        var pending = new Task<BatchAnswer>[batch.Count];
        for (var i = 0; i < pending.Length; i++)
        {
            pending[i] = AnswerItemAsync(batch[i], i, context.RequestAborted);
        }

        var answers = await Task.WhenAll(pending).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, answers, WriteBatch).ConfigureAwait(false);
    }

    private async Task<BatchAnswer> AnswerItemAsync(BatchItem item, int index, CancellationToken cancellationToken)
    {
        if (item.Problem is not null)
        {
            return new BatchAnswer(null, item.Problem);
        }

        try
        {
            return new BatchAnswer(
                await ReserveAsync(item.Request, $"[{index}].", cancellationToken).ConfigureAwait(false), null);
        }
        catch (ApiProblemException e)
        {
            return new BatchAnswer(null, e.Problem);
        }
    }

    private ValueTask<Decision> ReserveAsync(ThrottleRequest request, string path, CancellationToken cancellationToken)
    {
        KeyLength.Check(rules.Current, request.Attributes, path);
        return Misuse.CatchAsync(throttle.ReserveAsync, request, path, cancellationToken);
    }

    /// <summary>429 for a refusal; 503 when the rule could not be asked and its <c>on-error</c> is deny.</summary>
    private static int StatusOf(Decision decision) =>
        decision.IsAllowed ? StatusCodes.Status200OK
        : decision.Error is not null ? StatusCodes.Status503ServiceUnavailable
        : StatusCodes.Status429TooManyRequests;

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
