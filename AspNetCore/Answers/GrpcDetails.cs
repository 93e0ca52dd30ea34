using System.Text;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Answers;

/// <summary>
/// <c>google.rpc.Status</c>, as the field <c>grpc-status-details-bin</c> carries it. It is written and read here, so that applications that
/// do not use gRPC need no package for it.
/// </summary>
internal static class GrpcDetails
{
    private const string RetryInfo = "type.googleapis.com/google.rpc.RetryInfo";
    private const string QuotaFailure = "type.googleapis.com/google.rpc.QuotaFailure";

    /// <summary>Field sections are small: of more rules than these only the first are named.</summary>
    private const int MaxViolations = 16;

    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;

    /// <summary>A status with <c>RetryInfo</c>, where a wait would help, and <c>QuotaFailure</c>, where rules refused.</summary>
    /// <returns>Base64 without padding.</returns>
    public static string Write(int code, string message, long? retryAfterTicks, IReadOnlyList<string> violatedPolicies)
    {
        var status = new MemoryStream();
        WriteNumber(status, 1, code);
        WriteText(status, 2, message);
        if (retryAfterTicks is { } ticks)
        {
            var (delay, info) = (new MemoryStream(), new MemoryStream());
            WriteNumber(delay, 1, ticks / Ticks.PerSecond);
            WriteNumber(delay, 2, ticks % Ticks.PerSecond * 100);
            WriteMessage(info, 1, delay);
            WriteDetail(status, RetryInfo, info);
        }

        if (violatedPolicies.Count > 0)
        {
            var failure = new MemoryStream();
            foreach (var policy in violatedPolicies.Take(MaxViolations))
            {
                var violation = new MemoryStream();
                WriteText(violation, 1, policy);
                WriteMessage(failure, 1, violation);
            }

            WriteDetail(status, QuotaFailure, failure);
        }

        return Convert.ToBase64String(status.ToArray()).TrimEnd('=');
    }

    /// <summary>The wait that a status asks for by <c>RetryInfo</c>, rounded up to 100 ns; null where it does not say or cannot be read.</summary>
    public static TimeSpan? ReadRetryDelay(string base64)
    {
        var text = base64.Trim().TrimEnd('=');
        var status = new byte[text.Length];
        if (!Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), status, out var length))
        {
            return null;
        }

        foreach (var detail in FieldsOf(status.AsMemory(0, length)).Where(field => field.Number == 3).Select(field => field.Bytes))
        {
            if (Encoding.UTF8.GetString(Find(detail, 1).Bytes.Span).EndsWith("/google.rpc.RetryInfo", StringComparison.Ordinal))
            {
                var delay = Find(Find(detail, 2).Bytes, 1).Bytes;
                return Delay(Find(delay, 1).Value, Find(delay, 2).Value);
            }
        }

        return null;
    }

    private static TimeSpan Delay(long seconds, long nanoseconds)
    {
        var ticks = ((Int128)seconds * Ticks.PerSecond) + (((Int128)nanoseconds + 99) / 100);
        return ticks <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Ticks.Saturate(ticks));
    }

    /// <summary>The last field of a number, which is the one that counts; zero and empty where there is none.</summary>
    private static Field Find(ReadOnlyMemory<byte> message, int number) => FieldsOf(message).LastOrDefault(field => field.Number == number);

    /// <summary>The fields of a message, up to its end or to where it is broken.</summary>
    private static IEnumerable<Field> FieldsOf(ReadOnlyMemory<byte> message)
    {
        while (TryReadField(ref message, out var field))
        {
            yield return field;
        }
    }

    private static bool TryReadField(ref ReadOnlyMemory<byte> rest, out Field field)
    {
        field = default;
        if (!TryReadNumber(ref rest, out var tag))
        {
            return false;
        }

        long value = 0;
        var bytes = ReadOnlyMemory<byte>.Empty;
        var isRead = (tag & 7) switch
        {
            VarintType => TryReadNumber(ref rest, out value),
            Fixed64Type => TryTake(ref rest, sizeof(long), out bytes),
            BytesType => TryReadNumber(ref rest, out var length) && TryTake(ref rest, length, out bytes),
            Fixed32Type => TryTake(ref rest, sizeof(int), out bytes),
            _ => false,
        };
        field = new(unchecked((int)((ulong)tag >> 3)), value, bytes);
        return isRead;
    }

    private static bool TryTake(ref ReadOnlyMemory<byte> rest, long length, out ReadOnlyMemory<byte> taken)
    {
        taken = default;
        if (length < 0 || length > rest.Length)
        {
            return false;
        }

        taken = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlyMemory<byte> rest, out long value)
    {
        value = 0;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            value |= unchecked((long)((ulong)(rest.Span[i] & 0x7F) << (7 * i)));
            if (rest.Span[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private static void WriteDetail(MemoryStream status, string type, MemoryStream message)
    {
        var any = new MemoryStream();
        WriteText(any, 1, type);
        WriteMessage(any, 2, message);
        WriteMessage(status, 3, any);
    }

    private static void WriteText(MemoryStream to, int number, string text) => WriteBytes(to, number, Encoding.UTF8.GetBytes(text));

    private static void WriteMessage(MemoryStream to, int number, MemoryStream message) => WriteBytes(to, number, message.ToArray());

    private static void WriteBytes(MemoryStream to, int number, byte[] bytes)
    {
        WriteVarint(to, (number << 3) | BytesType);
        WriteVarint(to, bytes.Length);
        to.Write(bytes);
    }

    /// <summary>A number of zero or more.</summary>
    private static void WriteNumber(MemoryStream to, int number, long value)
    {
        WriteVarint(to, (number << 3) | VarintType);
        WriteVarint(to, value);
    }

    private static void WriteVarint(MemoryStream to, long value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.WriteByte((byte)((value & 0x7F) | 0x80));
        }

        to.WriteByte((byte)value);
    }

    private readonly record struct Field(int Number, long Value, ReadOnlyMemory<byte> Bytes);
}
