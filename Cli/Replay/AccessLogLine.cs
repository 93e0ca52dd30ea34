using System.Diagnostics.CodeAnalysis;

namespace Throttle.Cli.Replay;

/// <summary>
/// The fields of one line in common or combined log format, as they stand in it:
/// <c>host ident user [time] "request" status bytes "referer" "agent"</c>. The last two may be missing; what follows them is
/// passed over.
/// </summary>
internal readonly ref struct AccessLogLine
{
    private AccessLogLine(LineCursor cursor, ReadOnlySpan<byte> host, ReadOnlySpan<byte> user, long at)
    {
        Host = host;
        User = user;
        At = at;
        Request = cursor.Request;
        Status = cursor.Status;
        Bytes = cursor.Bytes;
        Referer = cursor.Referer;
        Agent = cursor.Agent;
    }

    /// <summary>Who asked: an address, or a name.</summary>
    public ReadOnlySpan<byte> Host { get; }

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

    /// <summary>Finds the fields.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out AccessLogLine line, [NotNullWhen(false)] out string? fault)
    {
        line = default;
        var hostEnd = text.IndexOf((byte)' ');
        if (hostEnd <= 0)
        {
            fault = "no host at the start of the line";
            return false;
        }

        if (!TryParseUserAndTime(text[(hostEnd + 1)..], out var user, out var at, out var rest, out fault))
        {
            return false;
        }

        var cursor = new LineCursor(rest);
        if (!cursor.TryReadAll(out fault))
        {
            return false;
        }

        line = new AccessLogLine(cursor, text[..hostEnd], user, at);
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

            return TryReadCombined(out fault);
        }

        /// <summary>The combined format has a referer and an agent; the common one ends before, or goes on with something else.</summary>
        private bool TryReadCombined([NotNullWhen(false)] out string? fault)
        {
            fault = null!;
            if (!_rest.StartsWith(" \""u8))
            {
                return true;
            }

            if (!TryReadQuoted("referer", out var referer, out fault))
            {
                return false;
            }

            Referer = referer;
            if (!_rest.StartsWith(" \""u8))
            {
                return true;
            }

            if (!TryReadQuoted("agent", out var agent, out fault))
            {
                return false;
            }

            Agent = agent;
            return true;
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
