using System.Text;
using Spectre.Console;
using Throttle.Cli;

namespace Throttle.Tests.Cli;

/// <summary>What a command line came to, run in this process.</summary>
/// <param name="ExitCode">What the shell would see.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    private const int Width = 80;

    /// <summary>Runs a command line whose output nobody watches.</summary>
    public static Task<CommandRun> RunAsync(params string[] args) => RunAsync([], TimeProvider.System, args);

    /// <summary>As <see cref="RunAsync(string[])"/>, with standard input and a clock.</summary>
    public static Task<CommandRun> RunAsync(byte[] input, TimeProvider clock, params string[] args) =>
        RunAsync(input, clock, bytes => new UnclosedStream(bytes), args);

    /// <summary>As <see cref="RunAsync(byte[], TimeProvider, string[])"/>, with what standard output is to a pipe.</summary>
    public static async Task<CommandRun> RunAsync(byte[] input, TimeProvider clock, Func<MemoryStream, Stream> openPipe, params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        using var bytes = new MemoryStream();
        var terminal = new Terminal(output, error, ConsoleOver(output), ConsoleOver(error))
        {
            OpenInput = () => new MemoryStream(input),
            OpenOutput = () => new UnclosedStream(bytes),
            OpenPipe = () => openPipe(bytes),
            Clock = clock,
        };
        var exitCode = await ThrottleCommand.RunAsync(args, terminal);
        return new CommandRun(exitCode, output + Encoding.UTF8.GetString(bytes.ToArray()), error.ToString());
    }

    private static IAnsiConsole ConsoleOver(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = Width;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    /// <summary>Keeps what was written when the writer closes it.</summary>
    private sealed class UnclosedStream(MemoryStream bytes) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => bytes.Length;

        public override long Position
        {
            get => bytes.Position;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => bytes.Write(buffer, offset, count);
    }
}
