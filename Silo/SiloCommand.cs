using System.CommandLine;
using System.CommandLine.Invocation;
using Throttle.Api.Hosting;
using Throttle.Silo.Hosting;
using Throttle.Silo.Settings;

namespace Throttle.Silo;

/// <summary>The command line of a silo.</summary>
internal static class SiloCommand
{
    private const int Success = 0;
    private const int Failure = 1;

    /// <summary>Runs a silo until it is told to stop.</summary>
    /// <returns>What the process should exit with: 0, or 1 when it could not start; standard error says why.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var command = Create(Run);
        var parsed = command.Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            var faults = parsed.Errors.Select(fault => fault.Message.ReplaceLineEndings(" ")).Distinct(StringComparer.Ordinal);
            error.WriteLine($"silo: {string.Join(' ', faults)} See --help.");
            return Failure;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,

            // A silo listens to signals itself, and drains.
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidSettingsException e)
        {
            return Fail(e.Faults);
        }
        catch (SiloStartException e)
        {
            return Fail([e.Message]);
        }
        catch (OperationCanceledException)
        {
            return Fail(["stopped before it had started."]);
        }
        catch (Exception e)
        {
            return Fail([$"unexpected error ({e.GetType().Name}): {Errors.FirstLine(e)}"]);
        }

        Task<int> Run(ParseResult result, CancellationToken token) => RunAsync(SettingOptions.Read(result), output, error, token);

        int Fail(IEnumerable<string> faults)
        {
            foreach (var fault in faults)
            {
                error.WriteLine($"silo: {fault}");
            }

            return Failure;
        }
    }

    private static RootCommand Create(Func<ParseResult, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand(
            """
            Run one node of a cluster. SIGTERM and Ctrl+C finish requests in flight, hand buckets over and stop it.

            Each setting can also stand in appsettings.json next to the program, or in an environment variable such as
            THROTTLE_Cluster__SiloPort; its key is in brackets. The command line counts before the environment, and that
            before the file. Durations are written 500ms, 10s or 2m.
            """);
        foreach (var option in SettingOptions.All)
        {
            root.Options.Add(option);
        }

        root.SetAction(run);
        return root;
    }

    private static async Task<int> RunAsync(
        IReadOnlyDictionary<string, string?> commandLine, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var configuration = SettingsSource.Read(AppContext.BaseDirectory, commandLine, out var unknownNames);
        var settings = new SettingsParser(configuration, TimeProvider.System, OwnAddress.Find).Parse(unknownNames);
        await using var node = await SiloNode
            .StartAsync(settings, configuration.GetSection(SettingsSource.LoggingSection), error.WriteLine, cancellationToken)
            .ConfigureAwait(false);
        SiloBanner.Show(output, node, settings);
        output.Flush();
        using var stop = cancellationToken.Register(() => _ = node.StopAsync(CancellationToken.None));
        await node.WaitForShutdownAsync(CancellationToken.None).ConfigureAwait(false);
        output.WriteLine("Stopped.");
        return Success;
    }
}
