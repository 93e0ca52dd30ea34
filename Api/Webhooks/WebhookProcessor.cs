using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Throttle.Core.Queues;
using Throttle.Core.Rules;

namespace Throttle.Api.Webhooks;

/// <summary>Posts work to the url that its rule names.</summary>
/// <remarks>
/// <para>The body and its content type are those that were handed over. <c>Throttle-Rule</c>, <c>Throttle-Key</c> (percent-encoded),
/// <c>Throttle-Id</c> and <c>Throttle-Attempt</c> say what it is; <c>Idempotency-Key</c> is the id, too.</para>
/// <para>2xx: it is done. 4xx other than 408 and 429: it has failed for good. Everything else, and no answer, is tried again, after
/// <c>Retry-After</c> where there is one. Redirects are not followed.</para>
/// <para>Urls are trusted: who may edit rules may make a node post to anything that it can reach.</para>
/// </remarks>
public sealed class WebhookProcessor : IWorkProcessor, IDisposable
{
    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    /// <summary>A processor with connections of its own.</summary>
    /// <param name="time">Tells how far off a date in <c>Retry-After</c> is.</param>
    public WebhookProcessor(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };

        // The rule's time-out ends an attempt.
        _client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public bool CanProcess(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Deliver?.Url is not null;
    }

    /// <inheritdoc/>
    public async ValueTask<WorkResult> ProcessAsync(WorkDelivery delivery, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        using var request = RequestOf(delivery);
        try
        {
            using var response = await _client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
                .ConfigureAwait(false);
            return ResultOf(response);
        }
        catch (HttpRequestException e)
        {
            return WorkResult.Retry($"{request.RequestUri!.Authority} could not be reached: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage RequestOf(WorkDelivery delivery)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Rule.Deliver!.Url);
        request.Content = new ReadOnlyMemoryContent(delivery.Work.Payload);
        if (delivery.Work.ContentType is { } type)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Throttle", null));
        request.Headers.Add("Throttle-Rule", delivery.Rule.Id);
        request.Headers.Add("Throttle-Key", Uri.EscapeDataString(delivery.Key));
        request.Headers.TryAddWithoutValidation("Throttle-Id", delivery.Work.Id);
        request.Headers.Add("Throttle-Attempt", delivery.Attempt.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("Idempotency-Key", delivery.Work.Id);
        return request;
    }

    private WorkResult ResultOf(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 300)
        {
            return WorkResult.Done;
        }

        var reason = $"{response.RequestMessage!.RequestUri!.Authority} answered {status}.";
        var isForGood = status is >= 400 and < 500
            && response.StatusCode is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
        return isForGood ? WorkResult.Failed(reason) : WorkResult.Retry(reason, RetryAfter(response.Headers.RetryAfter));
    }

    private TimeSpan RetryAfter(RetryConditionHeaderValue? field) =>
        field?.Delta ?? (field?.Date is { } date ? date - _time.GetUtcNow() : TimeSpan.Zero);
}
