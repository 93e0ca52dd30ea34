using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Throttle.Cli.Replay;

/// <summary>
/// Web server logs in common or combined format. Attributes: <c>ip</c>, <c>host</c> where the line begins with it, <c>user</c>,
/// <c>method</c>, <c>path</c> (without the query), <c>query</c>, <c>status</c>, <c>bytes</c> (0 for <c>-</c>), <c>referer</c>,
/// <c>agent</c>. What the log shows as <c>-</c> is left out. A request line that is none, such as a TLS greeting on a plain port,
/// gives no method and no path.
/// </summary>
/// <param name="hasHost">Whether each line begins with the host that was asked, as in Apache's <c>vhost_combined</c>.</param>
/// <param name="form">How the application reads paths.</param>
internal sealed class AccessLogFormat(bool hasHost, RequestForm form) : IReplayFormat
{
    private static readonly LogField Ip = LogField.For("ip");
    private static readonly LogField Host = LogField.For("host");
    private static readonly LogField User = LogField.For("user");
    private static readonly LogField Request = new(PartKind.Line, "");
    private static readonly LogField Status = LogField.For("status");
    private static readonly LogField Bytes = LogField.For("bytes");
    private static readonly LogField Referer = LogField.For("referer");
    private static readonly LogField Agent = LogField.For("agent");

    /// <inheritdoc/>
    public string Name => hasHost ? ReplayFormats.VhostCombined : ReplayFormats.Combined;

    /// <inheritdoc/>
    public bool TryReadInstant(ReadOnlySpan<byte> line, out long at, [NotNullWhen(false)] out string? fault)
    {
        var isRead = AccessLogLine.TryParse(line, hasHost, out var parsed, out fault) && TryAddChecked(new RecordedRequest(form), parsed, out fault);
        at = parsed.At;
        return isRead;
    }

    /// <inheritdoc/>
    public ReplayEntry Read(ReadOnlySpan<byte> line)
    {
        var request = new RecordedRequest(form);
        if (!AccessLogLine.TryParse(line, hasHost, out var parsed, out var fault) || !TryAddChecked(request, parsed, out fault))
        {
            throw new FormatException(fault);
        }

        Add(request, Status, Encoding.UTF8.GetString(parsed.Status));
        Add(request, Bytes, Encoding.UTF8.GetString(parsed.Bytes));
        Add(request, Referer, LineText.Unescape(parsed.Referer));
        Add(request, Agent, LineText.Unescape(parsed.Agent));
        return request.ToEntry(parsed.IsCutOff);
    }

    /// <summary>Adds what stands up to the request, which can be at fault.</summary>
    private bool TryAddChecked(RecordedRequest request, in AccessLogLine line, [NotNullWhen(false)] out string? fault)
    {
        request.At = line.At;
        if (!request.TryAdd(Ip, Encoding.UTF8.GetString(line.Client), out fault))
        {
            return false;
        }

        if (hasHost && !request.TryAdd(Host, Encoding.UTF8.GetString(line.Host), out fault))
        {
            return false;
        }

        Add(request, User, LineText.Unescape(line.User));
        return request.TryAdd(Request, LineText.Unescape(line.Request), out fault);
    }

    private static void Add(RecordedRequest request, LogField field, string value) => _ = request.TryAdd(field, value, out _);
}
