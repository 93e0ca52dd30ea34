using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Throttle.Api.Replication;
using Throttle.Core.Replication;

namespace Throttle.Tests.Cluster.Regions;

/// <summary>The network between regions, which can be cut, lose answers or deliver twice. What goes over it is what goes over the wire.</summary>
internal sealed class RegionNetwork
{
    private readonly ConcurrentDictionary<string, Func<IReplicationInbox>> _inboxes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _cut = new(StringComparer.Ordinal);
    private volatile bool _losesAnswers;
    private volatile bool _deliversTwice;
    private int _delivered;

    /// <summary>Whether what is sent arrives, and its answer does not.</summary>
    public bool LosesAnswers
    {
        get => _losesAnswers;
        set => _losesAnswers = value;
    }

    /// <summary>Whether everything arrives twice.</summary>
    public bool DeliversTwice
    {
        get => _deliversTwice;
        set => _deliversTwice = value;
    }

    /// <summary>Pages that arrived.</summary>
    public int Delivered => Volatile.Read(ref _delivered);

    /// <summary>Lets a region be reached.</summary>
    public void Add(string region, Func<IReplicationInbox> inbox) => _inboxes[region] = inbox;

    /// <summary>Nobody hears from this region, nor it from anybody.</summary>
    public void Cut(string region) => _cut[region] = true;

    /// <summary>Everybody hears from everybody.</summary>
    public void Heal() => _cut.Clear();

    /// <summary>How one region reaches the others, by addresses such as <c>http://us</c>.</summary>
    public HttpMessageHandler HandlerOf(string region) => new Handler(this, region);

    private async Task<HttpResponseMessage> DeliverAsync(string from, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var to = request.RequestUri!.Host;
        if (_cut.ContainsKey(from) || _cut.ContainsKey(to) || !_inboxes.TryGetValue(to, out var inbox))
        {
            throw new HttpRequestException($"{from} cannot reach {to}");
        }

        var page = ReplicationJson.ReadPage(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        try
        {
            ReplicationReceipt receipt = default;
            for (var times = DeliversTwice ? 2 : 1; times > 0; times--)
            {
                receipt = await inbox().ReceiveAsync(page, cancellationToken);
                Interlocked.Increment(ref _delivered);
            }

            return LosesAnswers ? throw new HttpRequestException("the answer was lost") : Answer(to, receipt.Through);
        }
        catch (ReplicationException e)
        {
            return new(e.IsPassing ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.Conflict) { Content = new StringContent(e.Message) };
        }
    }

    private static HttpResponseMessage Answer(string region, long through)
    {
        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body))
        {
            ReplicationJson.WriteAnswer(writer, (region, through));
        }

        return new(HttpStatusCode.OK) { Content = new ByteArrayContent(body.ToArray()) };
    }

    private sealed class Handler(RegionNetwork network, string from) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            network.DeliverAsync(from, request, cancellationToken);
    }
}
