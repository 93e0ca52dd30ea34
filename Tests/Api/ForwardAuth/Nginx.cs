using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.ForwardAuth;

/// <summary>An nginx of its own, in a folder of its own, on a free port, with a server of the samples.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private Nginx(Process process, string folder, int port)
    {
        (_process, _folder) = (process, folder);
        Client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")), Timeout = TimeSpan.FromMinutes(1) };
    }

    /// <summary>Where the program is; null where it is not installed.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Append("/usr/sbin").Select(folder => Path.Combine(folder, "nginx")).FirstOrDefault(File.Exists);

    public HttpClient Client { get; }

    /// <summary>Starts it with the sample's server, in which ports are replaced, and waits until it answers.</summary>
    public static async Task<Nginx> StartAsync(int node, int application)
    {
        while (true)
        {
            var folder = Directory.CreateTempSubdirectory("throttle-nginx-").FullName;
            var port = FreePorts.Take();
            var server = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "forward-auth", "nginx.conf")))
                .Replace("listen 80;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
                .Replace("127.0.0.1:8080", $"127.0.0.1:{node}", StringComparison.Ordinal)
                .Replace("127.0.0.1:5000", $"127.0.0.1:{application}", StringComparison.Ordinal);
            var paths = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {folder}/{name};\n"));
            await File.WriteAllTextAsync(
                Path.Combine(folder, "nginx.conf"),
                $"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\nevents {{ }}\nhttp {{\naccess_log off;\n{paths}{server}}}\n");
            var process = Process.Start(new ProcessStartInfo(Program!, ["-p", folder, "-c", Path.Combine(folder, "nginx.conf")]) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var nginx = new Nginx(process, folder, port);
            await Eventually.IsTrueAsync(() => process.HasExited || IsOpen(port), "nginx that listens");
            if (!process.HasExited)
            {
                return nginx;
            }

            // Somebody else was quicker to take the port; anything else is a fault.
            Assert.Contains("Address already in use", await error, StringComparison.Ordinal);
            await nginx.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static bool IsOpen(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
