using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Throttle.Api.Hosting;
using Throttle.Core.Rules;

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
        catch (InvalidRulesException e)
        {
            throw new CliException(options.RulesPath is { } path ? RuleLoading.Describe(path, e) : e.Message);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new CliException($"{e.Message.TrimEnd('.')}. Choose another with --urls; port 0 takes a free one.");
        }
        catch (SocketException e)
        {
            // A port in use names itself; an address of another machine, or a port for the superuser only, does not.
            throw new CliException($"Cannot listen on {string.Join(' ', options.Urls)}: {e.Message}.");
        }
    }
}
