using System.Net;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>Somebody's server that work is posted to; it takes everything, and remembers in which order.</summary>
internal sealed class WorkHook : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Lock _gate = new();
    private readonly List<(string Key, string Id)> _got = [];
    private readonly Task _serving;

    public WorkHook()
    {
        Url = FormattableString.Invariant($"http://127.0.0.1:{FreePorts.Take()}/hook/");
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url { get; }

    /// <summary>Deliveries of a key in the order in which they came.</summary>
    public IReadOnlyList<string> Of(string key)
    {
        lock (_gate)
        {
            return [.. _got.Where(got => got.Key == key).Select(got => got.Id)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                lock (_gate)
                {
                    _got.Add((context.Request.Headers["Throttle-Key"]!, context.Request.Headers["Throttle-Id"]!));
                }

                context.Response.StatusCode = (int)HttpStatusCode.NoContent;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }
}
