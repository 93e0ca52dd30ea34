namespace Throttle.Cli.Replay;

/// <summary>A whole recording, read and put in order, ready to be replayed.</summary>
internal sealed class ReplayLines : IDisposable
{
    private const int LinesBetweenReports = 4096;

    private ReplayLines(SortedLines sorted) => Sorted = sorted;

    /// <summary>The lines that could be read, in order.</summary>
    public SortedLines Sorted { get; }

    /// <summary>How they are written.</summary>
    public IReplayFormat Format { get; private set; } = new AccessLogFormat();

    /// <summary>The lines that could not be read.</summary>
    public LineFaults Unreadable { get; } = new();

    /// <summary>How many lines were there, blank and unreadable ones included.</summary>
    public long LineCount { get; private set; }

    /// <summary>How many lines hold nothing but blanks.</summary>
    public long Blank { get; private set; }

    /// <summary>Reads all lines.</summary>
    /// <param name="input">The recording.</param>
    /// <param name="format">How it is written; null to go by its first line.</param>
    /// <param name="progress">Told now and then how many bytes have been read; or null.</param>
    /// <param name="budgetBytes">Memory for lines; what does not fit goes to temporary files.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="IOException">The input cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is damaged gzip.</exception>
    public static ReplayLines Read(
        ReplayInput input,
        IReplayFormat? format,
        Action<long>? progress = null,
        long budgetBytes = SortedLines.DefaultBudgetBytes,
        CancellationToken cancellationToken = default)
    {
        var lines = new ReplayLines(new SortedLines(budgetBytes));
        try
        {
            lines.ReadAll(input, format, progress, cancellationToken);
            return lines;
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Sorted.Dispose();

    private void ReadAll(ReplayInput input, IReplayFormat? format, Action<long>? progress, CancellationToken cancellationToken)
    {
        while (input.Lines.TryRead(out var line, out var isTooLong))
        {
            if (input.Lines.LineNumber % LinesBetweenReports == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Invoke(input.Position);
            }

            if (!line.ContainsAnyExcept(" \t"u8))
            {
                Blank++;
                continue;
            }

            format ??= ReplayFormats.Guess(line);
            AddLine(format, input.Lines.LineNumber, line, isTooLong);
        }

        progress?.Invoke(input.Position);
        LineCount = input.Lines.LineNumber;
        Format = format ?? Format;
    }

    private void AddLine(IReplayFormat format, long number, ReadOnlySpan<byte> line, bool isTooLong)
    {
        if (isTooLong)
        {
            Unreadable.Add(number, $"the line is longer than {LineReader.MaxLineBytes} bytes");
        }
        else if (format.TryReadInstant(line, out var at, out var fault))
        {
            Sorted.Add(new LineKey(at, number), line);
        }
        else
        {
            Unreadable.Add(number, fault);
        }
    }
}
