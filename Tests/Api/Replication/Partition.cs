namespace Throttle.Tests.Api.Replication;

/// <summary>The network between nodes, which can be cut, and can lose answers or deliver twice.</summary>
internal sealed class Partition
{
    private readonly HashSet<(string From, string To)> _cut = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>Whether what is sent arrives, and its answer does not.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Whether everything arrives twice.</summary>
    public bool DeliversTwice { get; set; }

    /// <summary>Requests that arrived.</summary>
    public int Delivered { get; private set; }

    public void Name(Uri address, string region) => _names[address.Authority] = region;

    /// <summary>Nobody hears from this one, nor it from anybody.</summary>
    public void Cut(string region, params string[] others)
    {
        foreach (var other in others)
        {
            _cut.Add((region, other));
            _cut.Add((other, region));
        }
    }

    public void Heal() => _cut.Clear();

    public HttpMessageHandler HandlerOf(string region) => new Handler(this, region);

    private sealed class Handler(Partition network, string region) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (network._cut.Contains((region, network._names[request.RequestUri!.Authority])))
            {
                throw new HttpRequestException("cut off");
            }

            if (network.DeliversTwice)
            {
                using var first = await base.SendAsync(await CopyAsync(request), cancellationToken);
                network.Delivered++;
            }

            var response = await base.SendAsync(request, cancellationToken);
            network.Delivered++;
            if (network.LosesAnswers)
            {
                response.Dispose();
                throw new HttpRequestException("the answer was lost");
            }

            return response;
        }

        private static async Task<HttpRequestMessage> CopyAsync(HttpRequestMessage request)
        {
            var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(await request.Content!.ReadAsByteArrayAsync()) };
            foreach (var (name, values) in request.Headers)
            {
                copy.Headers.TryAddWithoutValidation(name, values);
            }

            return copy;
        }
    }
}
