using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Throttle.Silo;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>A silo as a process of its own, which can be ended and started again on the same ports.</summary>
/// <param name="redis">Where its cluster keeps what it knows; null for a silo by itself that keeps everything in memory.</param>
/// <param name="rules">The path of its rule file.</param>
internal sealed class SiloProcess(string? redis, string rules) : IAsyncDisposable
{
    private readonly int[] _ports = [FreePorts.Take(), FreePorts.Take(), FreePorts.Take()];
    private readonly HttpClient _http = new();
    private ChildProcess? _process;

    /// <summary>The lines that the silo has printed so far.</summary>
    public string Output => _process!.Output;

    private Uri Url => new(FormattableString.Invariant($"http://127.0.0.1:{_ports[0]}"));

    /// <summary>Starts it, and returns once it says that it is ready.</summary>
    public async Task StartAsync()
    {
        _process = new(
            "dotnet",
            [
                typeof(SiloCommand).Assembly.Location,
                "--urls", Url.ToString(),
                "--redis-port", "0",
                "--silo-port", FormattableString.Invariant($"{_ports[1]}"),
                "--gateway-port", FormattableString.Invariant($"{_ports[2]}"),
                "--rules", rules,
                "--probe-timeout", "500ms",
                "--alive-interval", "1s",
                .. redis is null
                    ? new[] { "--primary", FormattableString.Invariant($"127.0.0.1:{_ports[1]}") }
                    : ["--redis", redis, "--advertised-address", "127.0.0.1"],
            ]);
        await Eventually.IsTrueAsync(IsReadyAsync, $"the silo at {Url} is ready");
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Ends it by SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync() => _process!.TerminateAsync();

    /// <summary>Asks for one permit.</summary>
    /// <param name="attributes">Names and values, as a JSON object.</param>
    public async Task<HttpStatusCode> AcquireAsync(string attributes)
    {
        using var answer = await _http.PostAsync(new Uri(Url, "/v1/acquire"), new StringContent($$"""{"attributes":{{attributes}}}"""));
        return answer.StatusCode;
    }

    /// <summary>How many silos it counts in its cluster, itself included.</summary>
    public async Task<int> NodesAsync()
    {
        using var rules = await _http.GetFromJsonAsync<JsonDocument>(new Uri(Url, "/v1/rules"));
        return rules!.RootElement.GetProperty("nodes").GetArrayLength();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process!.HasExited, $"The silo has ended. It printed:\n{_process.Output}");
        try
        {
            using var answer = await _http.GetAsync(new Uri(Url, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
