using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Throttle.Api.Http;
using Throttle.Core;

namespace Throttle.Cli.Replay;

/// <summary>
/// Answers as JSON lines, with the fields of <c>POST /v1/acquire</c>, of which <c>at</c> is the recorded instant, and before
/// them the <c>line</c> of the recording. Lines that did not acquire name their <c>op</c>.
/// </summary>
internal sealed class ReplayWriter : IDisposable
{
    private const int FlushBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushBytes);
    private readonly Utf8JsonWriter _json;

    /// <summary>Writes to a stream, which the caller disposes of.</summary>
    public ReplayWriter(Stream stream)
    {
        _stream = stream;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Writes one answer.</summary>
    public void Write(long line, in ReplayEntry entry, Decision decision)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("line"u8, line);
        if (entry.Op != ReplayOp.Acquire)
        {
            _json.WriteString("op"u8, entry.Op == ReplayOp.Peek ? "peek"u8 : "return"u8);
        }

        DecisionJson.WriteFields(_json, decision, new DateTimeOffset(entry.At, TimeSpan.Zero));
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushBytes)
        {
            Flush();
        }
    }

    /// <summary>Hands what is written to the stream.</summary>
    public void Flush()
    {
        _stream.Write(_buffer.WrittenSpan);
        _stream.Flush();
        _buffer.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();
}
