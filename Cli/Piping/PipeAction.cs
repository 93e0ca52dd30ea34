using Spectre.Console;
using Throttle.Core.Limiters;
using Throttle.Core.Streams;

namespace Throttle.Cli.Piping;

/// <summary>Copies standard input to standard output, byte for byte, at a rate.</summary>
internal sealed class PipeAction(Terminal terminal, Rate rate, long? burst, bool isQuiet)
{
    // What a pipe of the system holds.
    private const int ChunkBytes = 64 * 1024;
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(100);

    /// <summary>Copies until the input ends, or the output's reader goes.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var pacer = Pacer.Of(rate, burst, terminal.Clock);
        var progress = new PipeProgress(terminal, rate, pacer.Largest);
        try
        {
            await WithStatusAsync(progress, () => CopyAsync(pacer, progress, cancellationToken)).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        catch (OutputFailedException e) when (StandardOutput.IsClosed(e.Error))
        {
            return ExitCodes.OutputClosed;
        }
        catch (OutputFailedException e)
        {
            throw new CliException($"Standard output: {e.Error.Message}");
        }
        finally
        {
            if (!isQuiet)
            {
                progress.ShowTotal();
            }
        }
    }

    /// <remarks>
    /// The system's reads and writes of a pipe cannot be called off. A copy that is cancelled does not wait for the one under
    /// way: the process ends.
    /// </remarks>
    private async Task CopyAsync(Pacer pacer, PipeProgress progress, CancellationToken cancellationToken)
    {
        var input = terminal.OpenInput();
        await using var output = new ThrottledStream(new MeteredOutput(terminal.OpenPipe(), progress), pacer);
        var chunk = new byte[ChunkBytes];
        while (await ReadAsync(input, chunk, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            progress.Begin();
            await WriteAsync(output, chunk.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteAsync(ThrottledStream output, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        var writing = output.WriteAsync(chunk, cancellationToken).AsTask();
        try
        {
            await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Where the reader takes what is being written, it is counted, too.
            await writing.WaitAsync(Farewell, TimeProvider.System, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static async Task<int> ReadAsync(Stream input, byte[] chunk, CancellationToken cancellationToken)
    {
        try
        {
            return await input.ReadAsync(chunk, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"Standard input: {e.Message}");
        }
    }

    /// <summary>With a line that changes where somebody watches.</summary>
    private async Task WithStatusAsync(PipeProgress progress, Func<Task> copy)
    {
        var console = terminal.ErrorConsole;
        if (isQuiet)
        {
            progress.IsQuiet = true;
            await copy().ConfigureAwait(false);
        }
        else if (!console.Profile.Out.IsTerminal || !console.Profile.Capabilities.Ansi)
        {
            await copy().ConfigureAwait(false);
        }
        else
        {
            // It is taken for not interactive where its input is no terminal, which here is always so; nothing is asked.
            console.Profile.Capabilities.Interactive = true;
            await console.Status().StartAsync("Waiting for input", status =>
            {
                progress.Status = status;
                return copy();
            }).ConfigureAwait(false);
        }
    }
}
