namespace Throttle.Core.Streams;

/// <summary>
/// A stream that pays before it hands on: what is read before the reader gets it, what is written before the other stream gets
/// it. Bytes and order are the same; pieces are split as the pacer demands, and never put together. At most one piece is held:
/// one that was read but could not be paid for, because its reader was cancelled. The next read gives it.
/// </summary>
/// <remarks>
/// What is read is paid for when its length is known, and so after it was read. Of a write that fails or is cancelled, a beginning
/// may have been sent, as with any stream. Before a write waits, the other stream is flushed: what was paid for arrives, and of
/// a response the headers. Calls that are not asynchronous hold a thread while they wait. As other streams, it takes
/// one read and one write at a time. It cannot seek.
/// </remarks>
public sealed class ThrottledStream : Stream
{
    private readonly Stream _inner;
    private readonly Pacer _reading;
    private readonly Pacer _writing;
    private readonly bool _leavesOpen;
    private readonly CancellationToken _stopping;
    private ReadOnlyMemory<byte> _held;
    private bool _isFlushed;

    /// <summary>Wraps a stream; both directions pay the same pacer.</summary>
    /// <param name="inner">The stream to read from or write to.</param>
    /// <param name="pacer">What is paid.</param>
    /// <param name="leaveOpen">Whether disposing this leaves the other open.</param>
    /// <param name="stopping">Ends every wait, also of callers that pass no token.</param>
    public ThrottledStream(Stream inner, Pacer pacer, bool leaveOpen = false, CancellationToken stopping = default)
        : this(inner, pacer, pacer, leaveOpen, stopping)
    {
    }

    /// <summary>Wraps a stream, such as a connection's, each of whose directions has its own pacer.</summary>
    /// <param name="inner">The stream to read from and write to.</param>
    /// <param name="reading">What reading pays; <see cref="Pacer.Unlimited"/> for nothing.</param>
    /// <param name="writing">What writing pays.</param>
    /// <param name="leaveOpen">Whether disposing this leaves the other open.</param>
    /// <param name="stopping">Ends every wait, also of callers that pass no token.</param>
    public ThrottledStream(Stream inner, Pacer reading, Pacer writing, bool leaveOpen = false, CancellationToken stopping = default)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(reading);
        ArgumentNullException.ThrowIfNull(writing);
        (_inner, _reading, _writing, _leavesOpen, _stopping) = (inner, reading, writing, leaveOpen, stopping);
    }

    /// <inheritdoc/>
    public override bool CanRead => _inner.CanRead;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => _inner.CanWrite;

    /// <inheritdoc/>
    public override bool CanTimeout => _inner.CanTimeout;

    /// <inheritdoc/>
    public override int ReadTimeout
    {
        get => _inner.ReadTimeout;
        set => _inner.ReadTimeout = value;
    }

    /// <inheritdoc/>
    public override int WriteTimeout
    {
        get => _inner.WriteTimeout;
        set => _inner.WriteTimeout = value;
    }

    /// <inheritdoc/>
    public override long Length => throw NoSeeking();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw NoSeeking();
        set => throw NoSeeking();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var piece = buffer[..PieceOf(buffer.Length)];
        var count = TakeHeld(piece);
        count = count > 0 ? count : _inner.Read(piece);
        if (count == 0)
        {
            return 0;
        }

        var paid = 0;
        try
        {
            paid = Wait(_reading.PayUpToAsync(count, _stopping));
            return paid;
        }
        finally
        {
            Hold(piece[paid..count]);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var stop = Join(cancellationToken);
        var token = stop?.Token ?? cancellationToken;
        token.ThrowIfCancellationRequested();
        var piece = buffer[..PieceOf(buffer.Length)];
        var count = TakeHeld(piece.Span);
        count = count > 0 ? count : await _inner.ReadAsync(piece, token).ConfigureAwait(false);
        if (count == 0)
        {
            return 0;
        }

        var paid = 0;
        try
        {
            paid = (int)await _reading.PayUpToAsync(count, token).ConfigureAwait(false);
            return paid;
        }
        finally
        {
            Hold(piece.Span[paid..count]);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var paying = _writing.PayUpToAsync(Math.Min(buffer.Length, _writing.Step), _stopping);
            if (!paying.IsCompleted && !_isFlushed)
            {
                _inner.Flush();
            }

            var paid = Wait(paying);
            _inner.Write(buffer[..paid]);
            _isFlushed = false;
            buffer = buffer[paid..];
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var stop = Join(cancellationToken);
        var token = stop?.Token ?? cancellationToken;
        token.ThrowIfCancellationRequested();
        while (!buffer.IsEmpty)
        {
            var paying = _writing.PayUpToAsync(Math.Min(buffer.Length, _writing.Step), token);
            var paid = (int)await (paying.IsCompleted || _isFlushed ? paying : FlushMeanwhileAsync(paying.AsTask(), token)).ConfigureAwait(false);
            await _inner.WriteAsync(buffer[..paid], token).ConfigureAwait(false);
            _isFlushed = false;
            buffer = buffer[paid..];
        }
    }

    /// <inheritdoc/>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw NoSeeking();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw NoSeeking();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_leavesOpen)
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_leavesOpen)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The payment, while which the other side gets what was sent before.</summary>
    private async ValueTask<long> FlushMeanwhileAsync(Task<long> paying, CancellationToken token)
    {
        try
        {
            await _inner.FlushAsync(token).ConfigureAwait(false);
            _isFlushed = true;
        }
        catch when (token.IsCancellationRequested)
        {
            // The payment is cancelled, too, and takes nothing; whoever cancelled finds it so.
            await ((Task)paying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        catch
        {
            // Nothing more can be sent, and the payment for this piece is lost.
            _ = paying.ContinueWith(
                static ended => _ = ended.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }

        return await paying.ConfigureAwait(false);
    }

    private static NotSupportedException NoSeeking() => new("A throttled stream has no length and no position; it cannot seek.");

    // Where the permits are there it does not wait.
    private static int Wait(ValueTask<long> paying) =>
        (int)(paying.IsCompleted ? paying.Result : paying.AsTask().GetAwaiter().GetResult());

    /// <summary>Both tokens in one, where there are two; null where the caller's will do.</summary>
    private CancellationTokenSource? Join(CancellationToken token) =>
        _stopping.CanBeCanceled && token != _stopping ? CancellationTokenSource.CreateLinkedTokenSource(token, _stopping) : null;

    /// <summary>How much to read at a time. A read of nothing stays one: it waits for the first byte.</summary>
    private int PieceOf(int length) => (int)Math.Min(length, _reading.Step);

    private int TakeHeld(Span<byte> into)
    {
        var count = Math.Min(_held.Length, into.Length);
        _held.Span[..count].CopyTo(into);
        _held = _held[count..];
        return count;
    }

    /// <summary>Keeps what was not paid for, before what is held already.</summary>
    private void Hold(ReadOnlySpan<byte> unpaid)
    {
        if (!unpaid.IsEmpty)
        {
            byte[] held = [.. unpaid, .. _held.Span];
            _held = held;
        }
    }
}
