namespace Throttle.Api.Redis;

/// <content>Inline commands: words in a line, in quotes where they hold spaces, as <c>sdssplitargs</c> of Redis takes them apart.</content>
internal sealed partial class RespParser
{
    private static bool BeginsNoCommand(byte first) => first is not ((byte)'\r' or (byte)'\n') and (< (byte)' ' or >= 127);

    private void ReadInline(ReadOnlySpan<byte> input, ref int taken)
    {
        var rest = input[taken..];
        var end = rest.IndexOf((byte)'\n');
        var piece = end < 0 ? rest : rest[..end];
        if (_length + piece.Length > RespLimits.MaxInlineBytes)
        {
            Fail("too big inline request");
            return;
        }

        Append(piece);
        taken += piece.Length;
        if (end >= 0)
        {
            taken++;
            Split();
        }
    }

    /// <summary>Takes the line apart in place: what is written is never longer than what was read.</summary>
    private void Split()
    {
        var line = _bytes.AsSpan(0, _length);
        _length = 0;
        for (var at = SkipSpace(line, 0); at < line.Length; at = SkipSpace(line, at))
        {
            if (!TryWord(line, ref at))
            {
                Fail("unbalanced quotes in request");
                return;
            }

            if (Count == RespLimits.MaxArguments)
            {
                Fail("too big inline request");
                return;
            }

            EndArgument();
        }

        // An empty line is nothing, as in Redis.
        _state = Count == 0 ? State.Start : State.Complete;
    }

    private static int SkipSpace(ReadOnlySpan<byte> line, int at)
    {
        while (at < line.Length && IsSpace(line[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);

    private bool TryWord(Span<byte> line, ref int at)
    {
        while (at < line.Length && !IsSpace(line[at]))
        {
            var quote = line[at];
            if (quote is not ((byte)'"' or (byte)'\''))
            {
                line[_length++] = line[at++];
                continue;
            }

            at++;
            return TryQuoted(line, ref at, quote) && (at == line.Length || IsSpace(line[at]));
        }

        return true;
    }

    private bool TryQuoted(Span<byte> line, ref int at, byte quote)
    {
        while (at < line.Length)
        {
            var next = line[at++];
            if (next == quote)
            {
                return true;
            }

            var isEscaped = next == (byte)'\\' && at < line.Length && (quote == (byte)'"' || line[at] == quote);
            line[_length++] = isEscaped ? Unescape(line, ref at, quote) : next;
        }

        return false;
    }

    private static byte Unescape(ReadOnlySpan<byte> line, ref int at, byte quote)
    {
        var next = line[at++];
        if (quote == (byte)'\'')
        {
            return next;
        }

        if (next == (byte)'x' && line.Length - at >= 2 && char.IsAsciiHexDigit((char)line[at]) && char.IsAsciiHexDigit((char)line[at + 1]))
        {
            at += 2;
            return (byte)((Convert.ToByte(((char)line[at - 2]).ToString(), 16) * 16) + Convert.ToByte(((char)line[at - 1]).ToString(), 16));
        }

        return next switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => (byte)'\a',
            _ => next,
        };
    }
}
