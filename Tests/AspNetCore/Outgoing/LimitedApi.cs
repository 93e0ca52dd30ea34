using System.Net;
using System.Net.Http.Headers;

namespace Throttle.Tests.AspNetCore.Outgoing;

/// <summary>An API in this process that answers what a test tells it to, and remembers when it was called.</summary>
internal sealed class LimitedApi(TimeProvider clock) : HttpMessageHandler
{
    public Queue<(HttpStatusCode Status, RetryConditionHeaderValue? RetryAfter)> Answers { get; } = [];

    public List<(string Path, DateTimeOffset At)> Calls { get; } = [];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Calls)
        {
            Calls.Add((request.RequestUri!.AbsolutePath, clock.GetUtcNow()));
            var (status, retryAfter) = Answers.TryDequeue(out var next) ? next : (HttpStatusCode.OK, null);
            return Task.FromResult(new HttpResponseMessage(status) { Headers = { RetryAfter = retryAfter }, RequestMessage = request });
        }
    }
}
