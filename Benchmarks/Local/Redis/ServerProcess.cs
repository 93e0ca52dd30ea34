using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Throttle.Benchmarks.Local.Redis;

/// <summary>A server as a process of its own, which is ended with the benchmark.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(string port, string isReady, params string[] command)
    {
        Port = port;
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains(isReady, StringComparison.Ordinal))
            {
                // What it prints from now on is read too, so that it never waits for that.
                _ = _process.StandardOutput.ReadToEndAsync();
                return;
            }
        }

        throw new InvalidOperationException($"{command[0]} ended before it was ready.");
    }

    public string Port { get; }

    /// <summary>One node, as <c>throttle serve</c> starts it.</summary>
    public static ServerProcess Throttle()
    {
        var port = FreePort();
        return new(port, "Try it:", "dotnet", Path.Combine(AppContext.BaseDirectory, "throttle.dll"), "serve", "--urls", "http://127.0.0.1:0", "--redis-port", port);
    }

    /// <summary>Redis, which writes nothing to disk.</summary>
    public static ServerProcess Redis()
    {
        var port = FreePort();
        return new(port, "Ready to accept connections", "redis-server", "--port", port, "--save", "", "--appendonly", "no");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
