using System.Buffers.Binary;
using Spectre.Console;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Cli.Replay;

/// <summary>Reads a recording, replays it, and reports.</summary>
internal sealed class ReplayAction(Terminal terminal, ReplayOptions options)
{
    private const string Standard = "-";

    private bool WritesToStandardOutput => string.Equals(options.OutputPath, Standard, StringComparison.Ordinal);

    private IAnsiConsole Console => WritesToStandardOutput ? terminal.ErrorConsole : terminal.OutputConsole;

    /// <summary>Does it all.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        CheckPaths();
        var rules = RuleLoading.Load(terminal, options.RulesPath);
        using var input = OpenInput();
        using var output = OpenOutput();
        ReplayTotals? totals = null;
        ReplayLines? lines = null;
        try
        {
            await WithProgressAsync(async progress =>
            {
                lines = ReadLines(input, progress, cancellationToken);
                totals = await ReplayAsync(rules, lines, output, progress, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
            new ReplayReport(Console, options).Show(lines!, totals!);
            CheckReadable(lines!);
            var isWhole = lines!.Unreadable.Count + totals!.Failed.Count == 0 && !lines.EndsEarly;
            return options.IsStrict && !isWhole ? ExitCodes.Error : ExitCodes.Success;
        }
        finally
        {
            lines?.Dispose();
        }
    }

    private void CheckPaths()
    {
        if (string.Equals(options.RulesPath, Standard, StringComparison.Ordinal)
            && string.Equals(options.InputPath, Standard, StringComparison.Ordinal))
        {
            throw new CliException("Rules and recording cannot both come from standard input; name a file for one of them.");
        }

        if (options.OutputPath is { } output && !WritesToStandardOutput
            && (IsSame(output, options.InputPath) || IsSame(output, options.RulesPath)))
        {
            throw new CliException($"--out is '{output}', which is read; name another file.");
        }
    }

    /// <summary>A log of which nothing can be read has most likely another format.</summary>
    private void CheckReadable(ReplayLines lines)
    {
        if (lines.Sorted.Count > 0 || lines.FirstUnread is not { } first)
        {
            return;
        }

        var isGiven = options.Format is not null;
        throw new CliException(FormattableString.Invariant(
            $"'{options.InputPath}': no line can be read{(isGiven ? $" as {first.Format}" : "")}. Line {first.Number} looks like this: {first.Text}")
            + Environment.NewLine
            + (isGiven ? Better(first) : $"  It resembles the format {first.Format} most, but {first.Fault}. Name the format with --format; see 'throttle replay --help'."));
    }

    private string Better(UnreadLine first) => first.ReadableAs is { } other
        ? $"  It has the format {other}; use --format {other}."
        : $"  As {first.Format} it is faulty: {first.Fault}.";

    private static bool IsSame(string a, string b) =>
        string.Equals(Path.GetFullPath(a), Path.GetFullPath(b), StringComparison.Ordinal);

    private ReplayInput OpenInput()
    {
        try
        {
            return ReplayInput.Open(options.InputPath, terminal.OpenInput);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CliException(FileError.Describe(options.InputPath, e));
        }
    }

    private Stream? OpenOutput()
    {
        if (options.OutputPath is not { } path)
        {
            return null;
        }

        try
        {
            return WritesToStandardOutput ? terminal.OpenOutput() : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(FileError.Describe(path, e));
        }
    }

    private ReplayLines ReadLines(ReplayInput input, ReplayProgress? progress, CancellationToken cancellationToken)
    {
        try
        {
            return ReplayLines.Read(
                input,
                options.Formats,
                options.Format,
                progress is null ? null : position => progress.Reading(position, input.Length),
                cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new CliException(FileError.Describe(options.InputPath, e));
        }
    }

    private async Task<ReplayTotals> ReplayAsync(
        RuleSet rules, ReplayLines lines, Stream? output, ReplayProgress? progress, CancellationToken cancellationToken)
    {
        var first = lines.Sorted.First;
        var totals = new ReplayTotals(rules, first, lines.Sorted.Last);
        var clock = new VirtualTimeProvider(new DateTimeOffset(first, TimeSpan.Zero));
        long leases = 0;
        await using var throttle = new LocalThrottle(
            new LocalRules(rules.Rules),
            new LocalThrottleOptions
            {
                TimeProvider = clock,

                // Counted, not random: a replay writes the same bytes each time.
                NewLeaseId = () => new Guid(0, 0, 0, BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(Interlocked.Increment(ref leases)))),
            });
        using var writer = output is null ? null : new ReplayWriter(output);
        var pace = options.Speed is { } factor ? new ReplayPace(factor, terminal.Clock, first) : null;
        try
        {
            await new ReplayRun(throttle, rules, clock, totals).RunAsync(
                lines,
                writer,
                pace,
                progress is null ? null : done => progress.Replaying(done, lines.Sorted.Count),
                cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (output is not null)
        {
            throw new CliException(FileError.Describe(options.OutputPath!, e));
        }

        return totals;
    }

    /// <summary>With bars where somebody watches, and nothing else is written there.</summary>
    private async Task WithProgressAsync(Func<ReplayProgress?, Task> work)
    {
        if (!Console.Profile.Capabilities.Interactive || !Console.Profile.Capabilities.Ansi || WritesToStandardOutput)
        {
            await work(null).ConfigureAwait(false);
            return;
        }

        await Console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new ReplayProgress(context)))
            .ConfigureAwait(false);
    }
}
