namespace Throttle.Cli.Replay;

/// <summary>A whole recording, read and put in order, ready to be replayed.</summary>
internal sealed class ReplayLines : IDisposable
{
    private const int LinesBetweenReports = 4096;

    private ReplayLines(SortedLines sorted) => Sorted = sorted;

    /// <summary>The lines that could be read, in order.</summary>
    public SortedLines Sorted { get; }

    /// <summary>How they are written; null where no line could be read and no format was given.</summary>
    public IReplayFormat? Format { get; private set; }

    /// <summary>The first line that could not be read; null where there is none.</summary>
    public UnreadLine? FirstUnread { get; private set; }

    /// <summary>Whether the input was cut short, so that lines are missing.</summary>
    public bool EndsEarly { get; private set; }

    /// <summary>The lines that could not be read.</summary>
    public LineFaults Unreadable { get; } = new();

    /// <summary>How many lines were there, blank and unreadable ones included.</summary>
    public long LineCount { get; private set; }

    /// <summary>How many lines hold nothing but blanks.</summary>
    public long Blank { get; private set; }

    /// <summary>Reads all lines.</summary>
    /// <param name="input">The recording.</param>
    /// <param name="formats">The formats there are.</param>
    /// <param name="format">How it is written; null to go by the first line that can be read.</param>
    /// <param name="progress">Told now and then how many bytes have been read; or null.</param>
    /// <param name="budgetBytes">Memory for lines; what does not fit goes to temporary files.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="IOException">The input cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is damaged gzip.</exception>
    public static ReplayLines Read(
        ReplayInput input,
        ReplayFormats formats,
        IReplayFormat? format,
        Action<long>? progress = null,
        long budgetBytes = SortedLines.DefaultBudgetBytes,
        CancellationToken cancellationToken = default)
    {
        var lines = new ReplayLines(new SortedLines(budgetBytes));
        try
        {
            lines.Format = format;
            lines.ReadAll(input, formats, progress, cancellationToken);
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

    private void ReadAll(ReplayInput input, ReplayFormats formats, Action<long>? progress, CancellationToken cancellationToken)
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

            Format ??= isTooLong ? null : formats.Guess(line);
            AddLine(formats, input.Lines.LineNumber, line, isTooLong);
        }

        progress?.Invoke(input.Position);
        LineCount = input.Lines.LineNumber;
        EndsEarly = input.EndsEarly;
    }

    private void AddLine(ReplayFormats formats, long number, ReadOnlySpan<byte> line, bool isTooLong)
    {
        var format = Format ?? formats.Resembling(line);
        string? fault = null;
        if (isTooLong)
        {
            fault = $"the line is longer than {LineReader.MaxLineBytes} bytes";
        }
        else if (format.TryReadInstant(line, out var at, out fault))
        {
            Sorted.Add(new LineKey(at, number), line);
            return;
        }

        FirstUnread ??= new UnreadLine(number, LineText.Excerpt(line), format.Name, fault, isTooLong ? null : formats.Guess(line)?.Name);
        Unreadable.Add(number, fault);
    }
}
