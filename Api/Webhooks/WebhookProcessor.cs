using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Throttle.AspNetCore.Outgoing;
using Throttle.Core;
using Throttle.Core.Queues;
using Throttle.Core.Rules;

namespace Throttle.Api.Webhooks;

/// <summary>Posts work to the url that its rule names.</summary>
/// <remarks>
/// <para>The body and its content type are those that were handed over. <c>Throttle-Rule</c>, <c>Throttle-Key</c> (percent-encoded),
/// <c>Throttle-Id</c> and <c>Throttle-Attempt</c> say what it is; <c>Idempotency-Key</c> is the id, too.</para>
/// <para>2xx: it is done. 4xx has failed for good, except 408, 421, 423, 425 and 429, which speak of this attempt only. Everything else,
/// and no answer, is tried again, after <c>Retry-After</c>, or what its <c>RateLimit</c> fields say, where there is one. Redirects are not followed.</para>
/// <para>The trace of the request that handed the work over goes along as <c>traceparent</c>. With a <see cref="WebhookOptions.Secret"/>
/// a delivery is signed; its <c>webhook-id</c> is the same in every attempt.</para>
/// <para>Deliveries under way are bounded. One that waits for a place has not begun: the rule's time-out does not run.</para>
/// <para>Urls are trusted: who may edit rules may make a node post to anything that it can reach.</para>
/// </remarks>
public sealed class WebhookProcessor : IWorkProcessor, IDisposable
{
    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly DeliveryRoom _room;
    private readonly WebhookSecret? _secret;

    /// <summary>A processor with connections of its own.</summary>
    /// <param name="time">Tells how far off a date in <c>Retry-After</c> is, and when a delivery is signed.</param>
    /// <param name="options">Bounds and signature; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public WebhookProcessor(TimeProvider time, WebhookOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        options ??= new();
        options.Check();
        (_time, _secret) = (time, options.Secret);
        _room = new(options.MaxDeliveries, options.MaxDeliveriesPerTarget);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = options.MaxDeliveriesPerTarget,

            // It would send the trace of whoever happened to start the delivery.
            ActivityHeadersPropagator = null,
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

    /// <summary>Deliveries under way.</summary>
    public int Active => _room.Active;

    /// <summary>Deliveries whose turn has come and that wait because too many are under way.</summary>
    public int Waiting => _room.Waiting;

    /// <inheritdoc/>
    public ValueTask<IDisposable?> EnterAsync(Rule rule, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return _room.EnterAsync(new Uri(rule.Deliver!.Url!).GetLeftPart(UriPartial.Authority), stopping);
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
    public void Dispose()
    {
        _client.Dispose();
        _room.Dispose();
    }

    private HttpRequestMessage RequestOf(WorkDelivery delivery)
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
        if (delivery.Work.TraceParent is { } trace)
        {
            request.Headers.TryAddWithoutValidation("traceparent", trace);
        }

        Sign(request, delivery);
        return request;
    }

    private void Sign(HttpRequestMessage request, WorkDelivery delivery)
    {
        if (_secret is not null)
        {
            var (id, now) = (MessageId(delivery), _time.GetUtcNow().ToUnixTimeSeconds());
            request.Headers.Add("webhook-id", id);
            request.Headers.Add("webhook-timestamp", now.ToString(CultureInfo.InvariantCulture));
            request.Headers.TryAddWithoutValidation("webhook-signature", _secret.Sign(id, now, delivery.Work.Payload.Span));
        }
    }

    /// <summary>A name that no other work has, in any rule and under any key, and without the dots that separate what is signed.</summary>
    private static string MessageId(WorkDelivery delivery)
    {
        var name = BucketKey.Of(delivery.Rule.Id, delivery.Key, delivery.Work.Id);
        return "msg_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));
    }

    private WorkResult ResultOf(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 300)
        {
            return WorkResult.Done;
        }

        var reason = $"{response.RequestMessage!.RequestUri!.Authority} answered {status}.";
        var isForGood = status is >= 400 and < 500 and not (408 or 421 or 423 or 425 or 429);
        return isForGood ? WorkResult.Failed(reason) : WorkResult.Retry(reason, RefusalWait.Of(response, _time) ?? TimeSpan.Zero);
    }
}
