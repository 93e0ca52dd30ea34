using System.Collections.Concurrent;

namespace Throttle.Core.Failures;

/// <summary>Gives failures their ids and has them written to a log, once a minute at most for each kind: the failures of one kind within a minute share the id of the line.</summary>
/// <param name="write">Writes a line: the failure, whose it is, and what happened.</param>
/// <param name="time">What a minute goes by.</param>
public sealed class FailureLog(Action<Failure, string, Exception> write, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(FailureReason Reason, Type Type), Line> _lines = new();

    /// <summary>Tells what happened, where that was not done within the last minute.</summary>
    /// <param name="reason">What callers may know of it.</param>
    /// <param name="whose">The rule or the bucket.</param>
    /// <param name="thrown">Everything else, for the log only.</param>
    /// <returns>What callers are told; the log has its id.</returns>
    public Failure Tell(FailureReason reason, string whose, Exception thrown)
    {
        ArgumentNullException.ThrowIfNull(thrown);

        // What another process has told already keeps its id: the log of that process has the rest.
        if (Failure.TryParse(thrown.Message) is { } told)
        {
            return told;
        }

        var kind = (reason, thrown.GetType());
        while (true)
        {
            var now = time.GetTimestamp();
            var last = _lines.GetValueOrDefault(kind);
            if (last is not null && time.GetElapsedTime(last.At, now) < Interval)
            {
                return last.Failure;
            }

            var line = new Line(now, Failure.WithNewId(reason));
            if (last is null ? _lines.TryAdd(kind, line) : _lines.TryUpdate(kind, line, last))
            {
                write(line.Failure, whose, thrown);
                return line.Failure;
            }
        }
    }

    private sealed record Line(long At, Failure Failure);
}
