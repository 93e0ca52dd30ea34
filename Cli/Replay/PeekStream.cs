namespace Throttle.Cli.Replay;

/// <summary>A stream to read forward, whose first bytes can be looked at before.</summary>
internal sealed class PeekStream(Stream inner) : ForwardStream(inner)
{
    private byte[] _head = [];
    private int _headRead;
    private long _position;

    /// <summary>Whether the end was met by a read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The first bytes, fewer at the end; once, before anything is read.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        _head = new byte[count];
        var read = Inner.ReadAtLeast(_head, count, throwOnEndOfStream: false);
        _head = _head[..read];
        return _head;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var read = 0;
        if (_headRead < _head.Length)
        {
            read = Math.Min(buffer.Length, _head.Length - _headRead);
            _head.AsSpan(_headRead, read).CopyTo(buffer);
            _headRead += read;
        }
        else
        {
            read = Inner.Read(buffer);
            IsAtEnd = read == 0;
        }

        _position += read;
        return read;
    }
}
