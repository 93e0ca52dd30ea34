using System.Text;
using Spectre.Console;
using Throttle.Api.RuleFiles;
using Throttle.Cli.Piping;

namespace Throttle.Cli;

/// <summary>Where the command reads and writes, and its clock; what tests put their own in place of.</summary>
internal sealed class Terminal
{
    /// <summary>A terminal over two writers.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="outputConsole">Tables and colours on standard output.</param>
    /// <param name="errorConsole">The same on standard error.</param>
    public Terminal(TextWriter output, TextWriter error, IAnsiConsole outputConsole, IAnsiConsole errorConsole)
    {
        Output = output;
        Error = error;
        OutputConsole = outputConsole;
        ErrorConsole = errorConsole;
    }

    /// <summary>Standard output as plain text, for what machines read.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error as plain text.</summary>
    public TextWriter Error { get; }

    /// <summary>Standard output for people.</summary>
    public IAnsiConsole OutputConsole { get; }

    /// <summary>Standard error for people.</summary>
    public IAnsiConsole ErrorConsole { get; }

    /// <summary>Opens standard input as bytes.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Opens standard output as bytes.</summary>
    public Func<Stream> OpenOutput { get; init; } = Console.OpenStandardOutput;

    /// <summary>Opens standard output as bytes, such that a write fails when its reader has gone.</summary>
    public Func<Stream> OpenPipe { get; init; } = StandardOutput.Open;

    /// <summary>The value of an environment variable; null where it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The real clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The one this process was started with.</summary>
    public static Terminal OfProcess()
    {
        var error = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = Console.IsErrorRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        var output = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Out),
            Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = Console.IsOutputRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        return new Terminal(Console.Out, Console.Error, output, error);
    }

    /// <summary>The whole of a text file, or of standard input for <c>-</c>.</summary>
    /// <exception cref="CliException">It cannot be read.</exception>
    public string ReadText(string path)
    {
        try
        {
            if (!string.Equals(path, "-", StringComparison.Ordinal))
            {
                return ReadText(File.OpenRead(path), path);
            }

            return ReadText(OpenInput(), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(FileError.Describe(path, e));
        }
    }

    /// <summary>The text, unless it is longer than a rule file may be: a device may never end.</summary>
    private static string ReadText(Stream stream, string path)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = new StringBuilder();
        var piece = new char[1 << 16];
        while (reader.Read(piece) is > 0 and var read)
        {
            text.Append(piece, 0, read);
            if (text.Length > RuleFileReader.MaxBytes)
            {
                throw new CliException($"'{path}' has more than {RuleFileReader.MaxBytes} bytes, and a rule file at most so many.");
            }
        }

        return text.ToString();
    }
}
