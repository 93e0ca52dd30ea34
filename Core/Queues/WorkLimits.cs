using System.Diagnostics;

namespace Throttle.Core.Queues;

/// <summary>The most that a queue of work holds for one key, all inclusive, whatever its rule's capacity.</summary>
public static class WorkLimits
{
    /// <summary>Bytes of one item's payload: 64 KiB.</summary>
    public const int MaxPayloadBytes = 64 * 1024;

    /// <summary>Characters of an id; it has at least one, all of them visible ASCII.</summary>
    public const int MaxIdLength = 200;

    /// <summary>Characters of a content type, all of them ASCII that can be printed.</summary>
    public const int MaxContentTypeLength = 200;

    /// <summary>Items in line under one key.</summary>
    public const int MaxItems = 10_000;

    /// <summary>
    /// Bytes of everything in line under one key, payloads and names: 1 MiB. A cluster stores a queue as one value, and writes it at
    /// each change.
    /// </summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Items under one key that failed for good. When one more fails, the oldest is dropped and counted.</summary>
    public const int MaxFailed = 100;

    /// <summary>Bytes of what failed for good under one key: 512 KiB; older items are dropped and counted.</summary>
    public const int MaxFailedBytes = 512 * 1024;

    /// <summary>Ids remembered under one key after their work has ended.</summary>
    public const int MaxRemembered = 1_000;

    /// <summary>How long an id is remembered after its work has ended, in ticks: 10 minutes.</summary>
    public const long RememberedTicks = 10 * TimeSpan.TicksPerMinute;

    /// <summary>What is wrong with an id, as a sentence with its value and the range; null when nothing is.</summary>
    public static string? FaultOfId(string? id) =>
        id is not { Length: >= 1 and <= MaxIdLength }
            ? $"The id has {id?.Length ?? 0} characters; use 1 to {MaxIdLength}."
            : id.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? $"The id '{ShownText.Of(id)}' holds more than visible ASCII; use the characters ! to ~."
                : null;

    /// <summary>What is wrong with a content type; null when nothing is.</summary>
    public static string? FaultOfContentType(string? contentType) =>
        contentType is null ? null
        : contentType.Length is 0 or > MaxContentTypeLength
            ? $"The content type has {contentType.Length} characters; use 1 to {MaxContentTypeLength}."
            : contentType.AsSpan().ContainsAnyExceptInRange(' ', '~')
                ? $"The content type '{ShownText.Of(contentType)}' holds more than printable ASCII."
                : null;

    /// <summary>What is wrong with a trace parent; null when nothing is.</summary>
    public static string? FaultOfTraceParent(string? traceParent) =>
        traceParent is null || ActivityContext.TryParse(traceParent, null, out _)
            ? null
            : $"The trace parent is '{ShownText.Of(traceParent)}'; use the value of a traceparent field.";

    /// <summary>What is wrong with a payload of so many bytes; null when nothing is.</summary>
    public static string? FaultOfPayload(int bytes) =>
        bytes > MaxPayloadBytes ? $"The payload has {bytes} bytes; use 0 to {MaxPayloadBytes}." : null;
}
