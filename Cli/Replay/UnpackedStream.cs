namespace Throttle.Cli.Replay;

/// <summary>What a decompressor gives, up to where its input ends: a file that was cut short gives what it holds.</summary>
/// <param name="unpacked">The decompressor. It throws <see cref="InvalidDataException"/> where its input ends too early.</param>
/// <param name="packed">Its input.</param>
internal sealed class UnpackedStream(Stream unpacked, PeekStream packed) : Stream
{
    /// <summary>Whether the input ended before its own end mark.</summary>
    public bool EndsEarly { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (EndsEarly)
        {
            return 0;
        }

        try
        {
            return unpacked.Read(buffer);
        }
        catch (InvalidDataException) when (packed.IsAtEnd)
        {
            // Damage is noticed before the input's end is: the decompressor asks for more only where all it has is good.
            EndsEarly = true;
            return 0;
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            unpacked.Dispose();
        }

        base.Dispose(disposing);
    }
}
