using System.Diagnostics;
using System.Text;

namespace Throttle.Tests.Contracts;

/// <summary>A sample as a newcomer runs it, on a free port.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private const string Said = "Now listening on: ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private SampleProcess(Process process, Uri address) => (_process, Client) = (process, new HttpClient { BaseAddress = address, Timeout = Patience });

    /// <summary>A client of it.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts a sample that was built with the tests, with more arguments, and waits until it listens.</summary>
    public static async Task<SampleProcess> StartAsync(string name, params string[] arguments)
    {
        // …/bin/Debug/net10.0/ of the tests: the sample was built in the same way.
        var build = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "..", ".."), AppContext.BaseDirectory);
        var program = Path.Combine(Repository.Root, "samples", name, "bin", build, $"Throttle.Samples.{name}.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // Settings of the tests must not count.
            WorkingDirectory = Path.GetDirectoryName(program),
        })!;
        var output = new StringBuilder();
        using var patience = new CancellationTokenSource(Patience);
        await using var killing = patience.Token.Register(() => process.Kill());
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            output.AppendLine(line);
            if (line.IndexOf(Said, StringComparison.Ordinal) is >= 0 and var place)
            {
                // What it says later is not of interest, but must be read.
                _ = process.StandardOutput.ReadToEndAsync();
                _ = process.StandardError.ReadToEndAsync();
                return new SampleProcess(process, new Uri(line[(place + Said.Length)..].Trim()));
            }
        }

        Assert.Fail($"The sample {name} should have listened within {Patience}. It printed: {output}{await process.StandardError.ReadToEndAsync()}");
        throw new UnreachableException();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
