using System.Diagnostics.CodeAnalysis;
using System.Text;
using Throttle.Core;

namespace Throttle.Cli.Replay;

/// <summary>
/// Web server logs in common or combined format. Attributes: <c>ip</c>, <c>user</c>, <c>method</c>, <c>path</c> (without the
/// query), <c>query</c>, <c>status</c>, <c>bytes</c> (0 for <c>-</c>), <c>referer</c>, <c>agent</c>. What the log shows as
/// <c>-</c> is left out. A request line that is none, such as a TLS greeting on a plain port, gives no method and no path.
/// </summary>
internal sealed class AccessLogFormat : IReplayFormat
{
    private const int MaxAttributes = 9;

    /// <inheritdoc/>
    public bool TryReadInstant(ReadOnlySpan<byte> line, out long at, [NotNullWhen(false)] out string? fault)
    {
        var isRead = AccessLogLine.TryParse(line, out var parsed, out fault);
        at = parsed.At;
        return isRead;
    }

    /// <inheritdoc/>
    public ReplayEntry Read(ReadOnlySpan<byte> line)
    {
        if (!AccessLogLine.TryParse(line, out var parsed, out var fault))
        {
            throw new FormatException(fault);
        }

        var items = new (string Name, string Value)[MaxAttributes];
        items[0] = ("ip", Encoding.UTF8.GetString(parsed.Host));
        var count = 1;
        AddText(items, ref count, "user", parsed.User);
        AddRequest(items, ref count, parsed.Request);
        if (parsed.Status is not [(byte)'-'])
        {
            items[count++] = ("status", Encoding.UTF8.GetString(parsed.Status));
        }

        items[count++] = ("bytes", parsed.Bytes is [(byte)'-'] ? "0" : Encoding.UTF8.GetString(parsed.Bytes));
        AddText(items, ref count, "referer", parsed.Referer);
        AddText(items, ref count, "agent", parsed.Agent);
        return new ReplayEntry(
            parsed.At, ReplayOp.Acquire, new ThrottleRequest(AttributesBuilder.Create(items.AsSpan(0, count))));
    }

    private static void AddText(Span<(string Name, string Value)> items, ref int count, string name, ReadOnlySpan<byte> value)
    {
        if (value.Length > 0 && value is not [(byte)'-'] && !value.SequenceEqual("\"\""u8))
        {
            items[count++] = (name, LineText.Unescape(value));
        }
    }

    /// <summary><c>GET /path?query HTTP/1.1</c>; HTTP/0.9 has no third part.</summary>
    private static void AddRequest(Span<(string Name, string Value)> items, ref int count, ReadOnlySpan<byte> request)
    {
        var methodEnd = request.IndexOf((byte)' ');
        if (methodEnd <= 0 || request[..methodEnd].ContainsAnyExceptInRange((byte)'A', (byte)'Z'))
        {
            return;
        }

        var target = request[(methodEnd + 1)..];
        var protocol = target.LastIndexOf(" HTTP/"u8);
        target = protocol < 0 ? target : target[..protocol];
        if (target.IsEmpty)
        {
            return;
        }

        var mark = target.IndexOf((byte)'?');
        items[count++] = ("method", Method(request[..methodEnd]));
        items[count++] = ("path", LineText.Unescape(mark < 0 ? target : target[..mark]));
        if (mark >= 0 && mark < target.Length - 1)
        {
            items[count++] = ("query", LineText.Unescape(target[(mark + 1)..]));
        }
    }

    private static string Method(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("GET"u8) ? "GET" : method.SequenceEqual("POST"u8) ? "POST" : Encoding.UTF8.GetString(method);
}
