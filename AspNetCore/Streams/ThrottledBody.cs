using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Throttle.Core.Streams;

namespace Throttle.AspNetCore.Streams;

/// <summary>A response's body, by whichever way it is written, that pays before it sends.</summary>
internal sealed class ThrottledBody : IHttpResponseBodyFeature, IAsyncDisposable
{
    private readonly IHttpResponseBodyFeature _inner;
    private readonly ThrottledStream _stream;
    private PipeWriter? _writer;

    public ThrottledBody(IHttpResponseBodyFeature inner, Pacer pacer, CancellationToken aborted)
    {
        _inner = inner;
        _stream = new ThrottledStream(inner.Stream, pacer, leaveOpen: true, aborted);
    }

    public Stream Stream => _stream;

    // Its buffer is flushed by whoever writes: JSON and pages do so every few kilobytes.
    public PipeWriter Writer => _writer ??= PipeWriter.Create(_stream, new StreamPipeWriterOptions(leaveOpen: true));

    public void DisableBuffering() => _inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => _inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(_stream, path, offset, count, cancellationToken);

    public async Task CompleteAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        await _inner.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Sends what was written and not flushed. What is written afterwards goes to the body it wraps.</summary>
    public async Task FlushAsync()
    {
        if (_writer is not null)
        {
            await _writer.FlushAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Frees the buffer; what was not flushed is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            await _writer.CompleteAsync(new OperationCanceledException("The response ended here.")).ConfigureAwait(false);
        }

        await _stream.DisposeAsync().ConfigureAwait(false);
    }
}
