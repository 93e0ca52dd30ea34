using System.Runtime.InteropServices;

namespace Throttle.Cli;

/// <summary>Ctrl+C and SIGTERM while a command runs: the first one cancels it, and remembers which it was.</summary>
/// <remarks>The command line's library does the same, but a command that ends by being cancelled cannot tell the two apart.</remarks>
internal sealed class Signals : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _exitCode;

    public Signals(CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCodes.Interrupted));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCodes.Terminated));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>What a command that was cancelled exits with.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode) is not 0 and var code ? code : ExitCodes.Interrupted;

    /// <summary>The command's exit code; that of the signal where the command has not ended five seconds after one.</summary>
    public async Task<int> WaitForAsync(Task<int> command)
    {
        await Task.WhenAny(command, _stopped.Task).ConfigureAwait(false);
        await ((Task)command.WaitAsync(command.IsCompleted ? Timeout.InfiniteTimeSpan : Patience, TimeProvider.System, CancellationToken.None))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return command.IsCompleted ? await command.ConfigureAwait(false) : ExitCode;
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void Stop(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) == 0)
        {
            _stopped.TrySetResult();
            _stop.Cancel();
        }
    }
}
