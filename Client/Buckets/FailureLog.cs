using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Throttle.Client.Buckets;

/// <summary>Tells what calls to buckets failed of, once a minute at most for each type of exception.</summary>
internal sealed partial class FailureLog(ILogger log, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<Type, long> _toldAt = new();

    /// <summary>Whether it was told.</summary>
    public bool Tell(Exception thrown, string ruleId)
    {
        var now = time.GetTimestamp();
        var type = thrown.GetType();
        var isTold = _toldAt.TryGetValue(type, out var toldAt)
            ? time.GetElapsedTime(toldAt, now) >= Interval && _toldAt.TryUpdate(type, now, toldAt)
            : _toldAt.TryAdd(type, now);
        if (isTold)
        {
            LogFailed(log, thrown, ruleId);
        }

        return isTold;
    }

    [LoggerMessage(1, LogLevel.Warning, "A bucket of {RuleId} could not be asked; the rule's on-error decides, and where the limit came with the call its caller")]
    private static partial void LogFailed(ILogger log, Exception reason, string ruleId);
}
