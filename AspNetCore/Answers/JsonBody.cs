using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Throttle.AspNetCore.Answers;

/// <summary>JSON answers, written in one piece and with their length. The buffers are kept for each thread: writing never waits.</summary>
internal static class JsonBody
{
    private const int MaxKeptBytes = 256 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    public static Task WriteAsync<T>(
        HttpContext context, int status, T value, Action<Utf8JsonWriter, T> write, string contentType = "application/json")
    {
        var buffer = s_buffer ??= new ArrayBufferWriter<byte>(4096);
        var writer = s_writer ??= new Utf8JsonWriter(buffer, Options);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        write(writer, value);
        writer.Flush();

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = buffer.WrittenCount;
        response.Headers.XContentTypeOptions = "nosniff";
        response.BodyWriter.Write(buffer.WrittenSpan);
        if (buffer.Capacity > MaxKeptBytes)
        {
            s_buffer = null;
            s_writer = null;
        }

        return response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }
}
