using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Throttle.Api.Hosting;

/// <summary>Reads a node's files again on SIGHUP, as servers do, instead of ending. Windows has no such signal.</summary>
/// <param name="log">Where it says what was read.</param>
/// <param name="reloads">Each reads a file and answers what came of it; null for nothing to say.</param>
public sealed partial class ReloadSignal(ILogger<ReloadSignal> log, IReadOnlyList<Func<CancellationToken, Task<string?>>> reloads) : IHostedService, IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _stop = new();
    private PosixSignalRegistration? _registration;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        return Task.CompletedTask;
    }

    /// <summary>Stops reading. The signal is still caught until <see cref="Dispose"/>, so that it does not cut a stop short.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _stop.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => _registration?.Dispose();

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        _ = ReloadAsync();
    }

    private async Task ReloadAsync()
    {
        try
        {
            await _oneAtATime.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var isAnyRead = false;
        foreach (var reload in reloads)
        {
            isAnyRead |= await TryReloadAsync(reload).ConfigureAwait(false);
        }

        if (!isAnyRead)
        {
            LogNothing(log);
        }

        _oneAtATime.Release();
    }

    /// <summary>One file that cannot be read keeps no other from it.</summary>
    private async Task<bool> TryReloadAsync(Func<CancellationToken, Task<string?>> reload)
    {
        try
        {
            if (await reload(_stop.Token).ConfigureAwait(false) is not { } news)
            {
                return false;
            }

            LogRead(log, news);
        }
        catch (Exception e)
        {
            LogFailed(log, Errors.FirstLine(e));
        }

        return true;
    }

    [LoggerMessage(1, LogLevel.Information, "SIGHUP: {News}")]
    private static partial void LogRead(ILogger log, string news);

    [LoggerMessage(2, LogLevel.Warning, "SIGHUP: {Fault}")]
    private static partial void LogFailed(ILogger log, string fault);

    [LoggerMessage(3, LogLevel.Information, "SIGHUP: this node was started without any file to read again.")]
    private static partial void LogNothing(ILogger log);
}
