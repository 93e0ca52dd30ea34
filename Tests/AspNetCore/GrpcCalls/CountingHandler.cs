namespace Throttle.Tests.AspNetCore.GrpcCalls;

/// <summary>Counts what is sent, and tells what was answered.</summary>
internal sealed class CountingHandler(HttpMessageHandler sends, Action<HttpResponseMessage>? answered = null) : DelegatingHandler(sends)
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _count);
        var answer = await base.SendAsync(request, cancellationToken);
        answered?.Invoke(answer);
        return answer;
    }
}
