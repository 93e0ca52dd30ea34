using System.Text.Json;
using System.Text.Unicode;
using Throttle.Core.Queues;
using Throttle.Core.Time;

namespace Throttle.Api.Http;

/// <summary>Work and its queues as JSON. Times are decimal seconds; instants are seconds since 1970.</summary>
internal static class WorkJson
{
    public static void WriteAnswer(Utf8JsonWriter writer, (string Rule, string Key, string Id, WorkAnswer Answer) said)
    {
        var answer = said.Answer;
        writer.WriteStartObject();
        writer.WriteBoolean("accepted"u8, answer.IsAccepted);
        writer.WriteString("rule"u8, said.Rule);
        writer.WriteString("key"u8, said.Key);
        writer.WriteString("id"u8, said.Id);
        if (answer.IsAccepted)
        {
            WriteInstant(writer, "enqueuedAt"u8, answer.Receipt.EnqueuedAt);
            WriteInstant(writer, "dueAt"u8, answer.Receipt.DueAt);
        }
        else
        {
            writer.WriteString("reason"u8, answer.Reason);
            SecondsJson.Write(writer, "retryAfter"u8, answer.RetryAfterTicks);
        }

        writer.WriteEndObject();
    }

    public static void WriteStatus(Utf8JsonWriter writer, (string Rule, string Key, WorkStatus Status) said)
    {
        var status = said.Status;
        writer.WriteStartObject();
        writer.WriteString("rule"u8, said.Rule);
        writer.WriteString("key"u8, said.Key);
        writer.WriteNumber("length"u8, status.Length);
        writer.WriteNumber("bytes"u8, status.Bytes);
        WriteHead(writer, status);
        if (status.NextTurnTicks is { } next)
        {
            SecondsJson.Write(writer, "nextTurn"u8, next);
        }
        else
        {
            writer.WriteNull("nextTurn"u8);
        }

        writer.WriteNumber("failed"u8, status.Failed);
        writer.WriteEndObject();
    }

    public static void WriteFailed(Utf8JsonWriter writer, (string Rule, string Key, IReadOnlyList<WorkItem> Failed) said)
    {
        writer.WriteStartObject();
        writer.WriteString("rule"u8, said.Rule);
        writer.WriteString("key"u8, said.Key);
        writer.WriteStartArray("failed"u8);
        foreach (var item in said.Failed)
        {
            WriteItem(writer, item);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static void WriteEdit(Utf8JsonWriter writer, (string What, string Id) edit)
    {
        writer.WriteStartObject();
        writer.WriteString(edit.What, edit.Id);
        writer.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter writer, in WorkStatus status)
    {
        if (status.HeadId is null)
        {
            writer.WriteNull("head"u8);
            return;
        }

        writer.WriteStartObject("head"u8);
        writer.WriteString("id"u8, status.HeadId);
        SecondsJson.Write(writer, "age"u8, status.HeadAgeTicks);
        writer.WriteNumber("attempts"u8, status.HeadAttempts);
        writer.WriteBoolean("delivering"u8, status.IsDelivering);
        if (status.HeadError is { } error)
        {
            writer.WriteString("error"u8, error);
        }

        writer.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter writer, WorkItem item)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, item.Id);
        writer.WriteNumber("attempts"u8, item.Attempts);
        writer.WriteString("error"u8, item.LastError);
        WriteInstant(writer, "enqueuedAt"u8, item.EnqueuedAt);
        WriteInstant(writer, "failedAt"u8, item.FailedAt);
        if (item.ContentType is { } type)
        {
            writer.WriteString("contentType"u8, type);
        }

        if (Utf8.IsValid(item.Payload.Span))
        {
            writer.WriteString("text"u8, item.Payload.Span);
        }
        else
        {
            writer.WriteBase64String("base64"u8, item.Payload.Span);
        }

        writer.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long ticks) =>
        SecondsJson.WriteInstant(writer, name, Ticks.ToInstant(ticks));
}
