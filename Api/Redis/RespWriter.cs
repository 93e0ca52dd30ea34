using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;

namespace Throttle.Api.Redis;

/// <summary>Writes replies: RESP2, or RESP3 where the client asked for it. Nothing is sent until the output is flushed.</summary>
internal sealed class RespWriter(PipeWriter output)
{
    /// <summary>Answers that wait are sent before they are more than this many bytes, however much was asked at once.</summary>
    public const int MaxWaiting = 32 * 1024;

    private const int MaxNumber = 24;

    /// <summary>The version of the protocol: 2 or 3.</summary>
    public int Protocol { get; set; } = 2;

    /// <summary>Bytes that wait to be flushed.</summary>
    public long Waiting => output.UnflushedBytes;

    /// <summary>A short text of this program's own, without line breaks.</summary>
    public void Simple(string text) => Line((byte)'+', text);

    /// <summary>An error: a code such as <c>ERR</c>, a space, and what is wrong. Line breaks become spaces.</summary>
    public void Error(string text) => Line((byte)'-', text.ReplaceLineEndings(" "));

    public void Integer(long value)
    {
        var span = output.GetSpan(MaxNumber);
        output.Advance(WriteNumber(span, (byte)':', value));
    }

    /// <summary>An array of five numbers, in one go.</summary>
    public void Integers(long first, long second, long third, long fourth, long fifth)
    {
        var span = output.GetSpan(6 * MaxNumber);
        "*5\r\n"u8.CopyTo(span);
        var length = 4;
        length += WriteNumber(span[length..], (byte)':', first);
        length += WriteNumber(span[length..], (byte)':', second);
        length += WriteNumber(span[length..], (byte)':', third);
        length += WriteNumber(span[length..], (byte)':', fourth);
        length += WriteNumber(span[length..], (byte)':', fifth);
        output.Advance(length);
    }

    public void Bulk(ReadOnlySpan<byte> bytes)
    {
        Head((byte)'$', bytes.Length);
        output.Write(bytes);
        output.Write("\r\n"u8);
    }

    public void Bulk(string text)
    {
        Head((byte)'$', Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\r\n"u8);
    }

    /// <summary>A long text for people.</summary>
    public void Verbatim(string text)
    {
        if (Protocol < 3)
        {
            Bulk(text);
            return;
        }

        Head((byte)'=', Encoding.UTF8.GetByteCount(text) + 4);
        output.Write("txt:"u8);
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\r\n"u8);
    }

    public void Null() => output.Write(Protocol < 3 ? "$-1\r\n"u8 : "_\r\n"u8);

    /// <summary>No array, where there could have been one.</summary>
    public void NullArray() => output.Write(Protocol < 3 ? "*-1\r\n"u8 : "_\r\n"u8);

    /// <summary>The head of so many replies that belong together.</summary>
    public void Array(int count) => Head((byte)'*', count);

    /// <summary>The head of so many names, each followed by its value: a map, or in RESP2 an array of twice as many.</summary>
    public void Map(int count) => Head(Protocol < 3 ? (byte)'*' : (byte)'%', Protocol < 3 ? 2 * count : count);

    /// <summary>The head of replies without an order: a set, or in RESP2 an array.</summary>
    public void Set(int count) => Head(Protocol < 3 ? (byte)'*' : (byte)'~', count);

    private static int WriteNumber(Span<byte> span, byte mark, long value)
    {
        span[0] = mark;
        var isWritten = Utf8Formatter.TryFormat(value, span[1..], out var length);
        Debug.Assert(isWritten, "A 64-bit number fits.");
        span[length + 1] = (byte)'\r';
        span[length + 2] = (byte)'\n';
        return length + 3;
    }

    private void Head(byte mark, long value)
    {
        var span = output.GetSpan(MaxNumber);
        output.Advance(WriteNumber(span, mark, value));
    }

    private void Line(byte mark, string text)
    {
        Debug.Assert(!text.AsSpan().ContainsAny('\r', '\n'), "A line has no line breaks.");
        output.Write([mark]);
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\r\n"u8);
    }
}
