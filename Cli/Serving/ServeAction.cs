using Throttle.Api.Hosting;

namespace Throttle.Cli.Serving;

/// <summary>Runs a node until it is told to stop.</summary>
internal static class ServeAction
{
    /// <summary>Starts the node, says where it is, and waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Terminal terminal, NodeOptions options, CancellationToken cancellationToken)
    {
        await using var node = await StartAsync(options, cancellationToken).ConfigureAwait(false);
        ServeBanner.Show(terminal, node, options);
        terminal.Output.Flush();
        using var stop = cancellationToken.Register(() => _ = node.StopAsync(CancellationToken.None));
        await node.WaitForShutdownAsync(CancellationToken.None).ConfigureAwait(false);
        terminal.Output.WriteLine("Stopped.");
        return ExitCodes.Success;
    }

    private static async Task<ThrottleNode> StartAsync(NodeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await ThrottleNode.StartAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Errors.OfStart(e, options.RulesPath, options.Urls, options.Redis, options.Envoy?.ConfigPath) is { } fault)
        {
            throw new CliException(fault);
        }
    }
}
