using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Throttle.Cli.Replay;

/// <summary>
/// The fields of one line in common or combined log format, as they stand in it:
/// <c>client ident user [time] "request" status bytes "referer" "agent"</c>, and before it the host that was asked where the format has
/// it. The last two may be missing or cut off; what follows them is passed over.
/// </summary>
internal readonly ref struct AccessLogLine
{
    private AccessLogLine(LineCursor cursor, ReadOnlySpan<byte> host, ReadOnlySpan<byte> client, ReadOnlySpan<byte> user, long at)
    {
        Host = host;
        Client = client;
        User = user;
        At = at;
        Request = cursor.Request;
        Status = cursor.Status;
        Bytes = cursor.Bytes;
        Referer = cursor.Referer;
        Agent = cursor.Agent;
        IsCutOff = cursor.IsCutOff;
    }

    /// <summary>The host that was asked, perhaps with a port; empty where the format does not have it.</summary>
    public ReadOnlySpan<byte> Host { get; }

    /// <summary>Who asked: an address, or a name.</summary>
    public ReadOnlySpan<byte> Client { get; }

    /// <summary>The authenticated user, or <c>-</c>; may hold spaces.</summary>
    public ReadOnlySpan<byte> User { get; }

    /// <summary>The instant, in ticks.</summary>
    public long At { get; }

    /// <summary>The request line, between its quotes, with its escapes.</summary>
    public ReadOnlySpan<byte> Request { get; }

    /// <summary>Three digits, or <c>-</c>.</summary>
    public ReadOnlySpan<byte> Status { get; }

    /// <summary>Digits, or <c>-</c>.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The referer, between its quotes, with its escapes; empty when missing.</summary>
    public ReadOnlySpan<byte> Referer { get; }

    /// <summary>The user agent, between its quotes, with its escapes; empty when missing.</summary>
    public ReadOnlySpan<byte> Agent { get; }

    /// <summary>Whether the line ends within the referer or the agent.</summary>
    public bool IsCutOff { get; }

    /// <summary>Finds the fields.</summary>
    /// <param name="text">The line.</param>
    /// <param name="hasHost">Whether it begins with the host that was asked.</param>
    /// <param name="line">The fields.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, bool hasHost, out AccessLogLine line, [NotNullWhen(false)] out string? fault)
    {
        line = default;
        var hostEnd = hasHost ? text.IndexOf((byte)' ') : -1;
        var host = hostEnd < 0 ? default : text[..hostEnd];
        var own = text[(hostEnd + 1)..];
        var clientEnd = own.IndexOf((byte)' ');
        if (clientEnd <= 0 || (hasHost && hostEnd <= 0))
        {
            fault = hasHost ? "no 'host client' at the start of the line" : "no host at the start of the line";
            return false;
        }

        if (!TryParseUserAndTime(own[(clientEnd + 1)..], out var user, out var at, out var rest, out fault))
        {
            return false;
        }

        var cursor = new LineCursor(rest);
        if (!cursor.TryReadAll(out fault))
        {
            return false;
        }

        line = new AccessLogLine(cursor, host, own[..clientEnd], user, at);
        return true;
    }

    /// <summary>A user name may hold spaces, so the user ends where the time begins.</summary>
    private static bool TryParseUserAndTime(
        ReadOnlySpan<byte> text,
        out ReadOnlySpan<byte> user,
        out long at,
        out ReadOnlySpan<byte> rest,
        [NotNullWhen(false)] out string? fault)
    {
        user = rest = default;
        at = 0;
        fault = null;
        var open = text.IndexOf(" ["u8);
        var identEnd = text.IndexOf((byte)' ');
        if (open < 0 || identEnd >= open)
        {
            fault = "no 'ident user [time]' after the host";
            return false;
        }

        if (IPAddress.TryParse(text[..identEnd], out _))
        {
            fault = $"the second field is '{LineText.Excerpt(text[..identEnd])}': the client stands behind the host, as in the format {ReplayFormats.VhostCombined}";
            return false;
        }

        user = text[(identEnd + 1)..open];
        var length = text[(open + 2)..].IndexOf((byte)']');
        if (length < 0)
        {
            fault = "the time's bracket is not closed";
            return false;
        }

        var time = text.Slice(open + 2, length);
        if (!LogTime.TryParse(time, out at))
        {
            fault = $"'{LineText.Excerpt(time)}' is no time; use a form like 17/May/2015:10:05:03 +0000";
            return false;
        }

        rest = text[(open + 2 + length + 1)..];
        return true;
    }

    /// <summary>Reads what follows the time.</summary>
    private ref struct LineCursor(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public ReadOnlySpan<byte> Request { get; private set; }

        public ReadOnlySpan<byte> Status { get; private set; }

        public ReadOnlySpan<byte> Bytes { get; private set; }

        public ReadOnlySpan<byte> Referer { get; private set; }

        public ReadOnlySpan<byte> Agent { get; private set; }

        public bool IsCutOff { get; private set; }

        public bool TryReadAll([NotNullWhen(false)] out string? fault)
        {
            if (!TryReadQuoted("request", out var request, out fault))
            {
                return false;
            }

            Request = request;
            Status = ReadWord();
            if (Status is not ([(byte)'-'] or [>= (byte)'1' and <= (byte)'9', >= (byte)'0' and <= (byte)'9', >= (byte)'0' and <= (byte)'9']))
            {
                fault = Missing("status", Status, "three digits or -");
                return false;
            }

            Bytes = ReadWord();
            if (Bytes is not [(byte)'-'] && (Bytes.IsEmpty || Bytes.Length > 18 || Bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9')))
            {
                fault = Missing("number of bytes", Bytes, "digits or -");
                return false;
            }

            Referer = ReadOptional();
            Agent = ReadOptional();
            return true;
        }

        /// <summary>
        /// The combined format has a referer and an agent; the common one ends before, or goes on with something else. The request is
        /// whole without them, so that a line which ends within one of them is only cut off.
        /// </summary>
        private ReadOnlySpan<byte> ReadOptional()
        {
            if (IsCutOff || !_rest.StartsWith(" \""u8))
            {
                return default;
            }

            IsCutOff = !TryReadQuoted("", out var value, out _);
            return IsCutOff ? _rest[2..] : value;
        }

        private static string Missing(string field, ReadOnlySpan<byte> found, string wanted) =>
            found.IsEmpty ? $"the line ends before the {field}" : $"the {field} is '{LineText.Excerpt(found)}'; use {wanted}";

        private bool TryReadQuoted(string field, out ReadOnlySpan<byte> value, [NotNullWhen(false)] out string? fault)
        {
            value = default;
            if (!_rest.StartsWith(" \""u8))
            {
                fault = _rest.IsEmpty ? $"the line ends before the {field}" : $"no quoted {field} after the time";
                return false;
            }

            var text = _rest[2..];
            var end = 0;
            while (true)
            {
                var step = text[end..].IndexOfAny((byte)'"', (byte)'\\');
                if (step < 0 || (text[end + step] == '\\' && end + step + 1 >= text.Length))
                {
                    fault = $"the {field}'s quote is not closed";
                    return false;
                }

                end += step;
                if (text[end] == '"')
                {
                    value = text[..end];
                    _rest = text[(end + 1)..];
                    fault = null!;
                    return true;
                }

                end += 2;
            }
        }

        private ReadOnlySpan<byte> ReadWord()
        {
            if (_rest.IsEmpty || _rest[0] != ' ')
            {
                return default;
            }

            var text = _rest[1..];
            var end = text.IndexOf((byte)' ');
            var word = end < 0 ? text : text[..end];
            _rest = text[word.Length..];
            return word;
        }
    }
}
