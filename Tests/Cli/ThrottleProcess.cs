using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Throttle.Tests.Cli;

/// <summary>The built command as a process of its own, whose end is waited for.</summary>
internal sealed class ThrottleProcess : IAsyncDisposable
{
    private const int SigHup = 1;
    private const int SigInt = 2;
    private const int SigTerm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _reading;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ThrottleProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _error));
    }

    /// <summary>Standard output so far.</summary>
    public string Output => Snapshot(_output);

    /// <summary>Standard error so far.</summary>
    public string Error => Snapshot(_error);

    /// <summary>Standard input, where it was started with one.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Starts it with these arguments.</summary>
    public static ThrottleProcess Start(params string[] args) => Start(hasInput: false, args);

    /// <summary>Starts it with these arguments and a standard input to write to.</summary>
    public static ThrottleProcess StartWithInput(params string[] args) => Start(hasInput: true, args);

    private static ThrottleProcess Start(bool hasInput, string[] args)
    {
        // Nodes of several tests cannot all have the port that they take unless told otherwise.
        args = args is ["serve", ..] && !args.Contains("--redis-port", StringComparer.Ordinal) ? [.. args, "--redis-port", "0"] : args;
        // A shell's background job ignores SIGINT, and so would whatever the tests start when they run as one.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(command[0], [.. command[1..], typeof(Throttle.Cli.Terminal).Assembly.Location, .. args])
        {
            RedirectStandardInput = hasInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        return new ThrottleProcess(Process.Start(start)!);
    }

    /// <summary>Waits until standard output holds a text.</summary>
    /// <returns>All of standard output so far.</returns>
    public Task<string> WaitForOutputAsync(string text) => WaitForAsync(_output, text);

    /// <summary>Waits until standard error holds a text.</summary>
    /// <returns>All of standard error so far.</returns>
    public Task<string> WaitForErrorAsync(string text) => WaitForAsync(_error, text);

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Send(SigTerm);

    /// <summary>Sends SIGHUP, which asks for the files to be read again.</summary>
    public void HangUp() => Send(SigHup);

    /// <summary>Sends SIGINT, as Ctrl+C does.</summary>
    public void Interrupt() => Send(SigInt);

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The command should have ended within {Patience}. It printed: {Output}{Error}");
        }

        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _reading;
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private static string Snapshot(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private void Send(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    private async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        var buffer = new char[1024];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            lock (text)
            {
                text.Append(buffer, 0, count);
            }

            Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    private async Task<string> WaitForAsync(StringBuilder from, string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var (more, hasEnded) = (Volatile.Read(ref _more).Task, _reading.IsCompleted);
            var soFar = Snapshot(from);
            if (soFar.Contains(text, StringComparison.Ordinal))
            {
                return soFar;
            }

            Assert.False(
                hasEnded || patience.IsCancellationRequested,
                $"The command should have printed '{text}' within {Patience}. It printed: {Output}{Error}");
            await Task.WhenAny(more, _reading, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, patience.Token));
        }
    }
}
