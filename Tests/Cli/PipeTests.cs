using System.Diagnostics;
using System.Text;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cli;

/// <summary><c>throttle pipe</c>: the same bytes, exactly on time, and every way in which it ends.</summary>
public sealed class PipeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Every byte there is, several times over and not on a chunk's edge.</summary>
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 300_001).Select(i => (byte)(i % 256))];

    [Theory]
    [InlineData("100kB/s", null, 100_000)]
    [InlineData("100kB", "200kB", 200_000)]
    [InlineData("6MB/m", "1B", 1)]
    [InlineData("1GiB/s", null, 1 << 30)]
    public async Task Pipe_AnyRate_KeepsBytesAndIsExactlyOnTime(string rate, string? burst, long burstBytes)
    {
        var clock = new JumpingTimeProvider(Start);
        var output = new MemoryStream();
        string[] args = burst is null ? ["pipe", "--rate", rate] : ["pipe", "--rate", rate, "--burst", burst];

        var run = await CommandRun.RunAsync(Bytes, clock, _ => output, args);

        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(Bytes, output.ToArray());

        // 100,000 bytes a second are one in 100 ticks.
        Assert.Equal(Math.Max(0, Bytes.Length - burstBytes) * 100, clock.Elapsed);
    }

    [Fact]
    public async Task Pipe_ForALongTime_SaysHowItGoesAndWhatItCameTo()
    {
        var clock = new JumpingTimeProvider(Start);

        var run = await CommandRun.RunAsync(new byte[3_000_000], clock, _ => new MemoryStream(), "pipe", "--rate", "100kB/s");

        Assert.Equal(29 * Ticks.PerSecond, clock.Elapsed);
        Assert.Equal(
            "throttle: 1.1 MiB in 10.086 s, now 107.3 KiB/s\n"
            + "throttle: 2.0 MiB in 20.172 s, now 97.7 KiB/s\n"
            + "throttle: 3,000,000 bytes in 29.000 s, 101.0 KiB/s; burst + rate × time is 3,000,000\n",
            run.Error);
    }

    [Fact]
    public async Task Pipe_Quiet_SaysNothing()
    {
        var run = await CommandRun.RunAsync(Bytes, new JumpingTimeProvider(Start), _ => new MemoryStream(), "pipe", "--rate", "1kB/s", "-q");
        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Pipe_EmptyInput_EndsAtOnce()
    {
        var run = await CommandRun.RunAsync([], new JumpingTimeProvider(Start), "pipe", "--rate", "1kB/s");
        Assert.Equal((0, "", "throttle: 0 bytes in 0.000 s; burst + rate × time is 1,000\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Pipe_OutputFails_SaysWhy()
    {
        var run = await CommandRun.RunAsync(
            Bytes, new JumpingTimeProvider(Start), _ => new FailingStream(new IOException("No space left on device", 28)), "pipe", "--rate", "1kB/s", "-q");
        Assert.Equal((1, "", "throttle: Standard output: No space left on device\n"), (run.ExitCode, run.Output, run.Error));
    }

    /// <summary>As SIGPIPE would end it: quietly, and not as a fault of its own.</summary>
    [UnixFact]
    public async Task Pipe_ReaderOfTheOutputGoes_EndsThere()
    {
        var command = $"yes 2>/dev/null | dotnet {typeof(Throttle.Cli.Terminal).Assembly.Location} pipe --rate 1GiB/s -q | head -c 100000 | wc -c; echo ${{PIPESTATUS[1]}}";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));

        var error = bash.StandardError.ReadToEndAsync(patience.Token);
        var output = await bash.StandardOutput.ReadToEndAsync(patience.Token);

        Assert.Equal(["100000", "141"], output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", await error);
    }

    /// <summary>While it waits for its turn, and while it waits for input.</summary>
    [UnixTheory]
    [InlineData(true, true, 130)]
    [InlineData(true, false, 143)]
    [InlineData(false, true, 130)]
    [InlineData(false, false, 143)]
    public async Task Pipe_Stopped_EndsAtOnceAndSaysWhatWentOut(bool isBusy, bool isInterrupted, int exitCode)
    {
        await using var pipe = ThrottleProcess.StartWithInput("pipe", "--rate", "1B/d", "--burst", "5B");
        await pipe.Input.WriteAsync(Encoding.ASCII.GetBytes(isBusy ? "12345678" : "12345"));
        await pipe.Input.FlushAsync();
        await pipe.WaitForOutputAsync("12345");

        if (isInterrupted)
        {
            pipe.Interrupt();
        }
        else
        {
            pipe.Terminate();
        }

        Assert.Equal(exitCode, await pipe.WaitForExitAsync());
        Assert.Equal("12345", pipe.Output);
        Assert.Matches(@"^throttle: 5 bytes in [0-9.]+ s, [0-9]+ B/s; burst \+ rate × time is 5\nthrottle: stopped before the end\.\n$", pipe.Error);
    }

    /// <summary>What others append to the same file is not written over.</summary>
    [UnixFact]
    public async Task Pipe_IntoAFileThatOthersWriteTo_IsInItsPlace()
    {
        using var folder = new TempFolder();
        var file = folder.PathOf("out");
        var command = $"(echo one; echo two | dotnet {typeof(Throttle.Cli.Terminal).Assembly.Location} pipe --rate 1MiB -q; echo three) > '{file}'";
        using var bash = Process.Start("bash", ["-c", command]);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await bash.WaitForExitAsync(patience.Token);

        Assert.Equal("one\ntwo\nthree\n", await File.ReadAllTextAsync(file));
    }

    private sealed class FailingStream(IOException error) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw error;
    }
}
