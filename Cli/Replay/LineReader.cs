namespace Throttle.Cli.Replay;

/// <summary>Lines of a stream as bytes, without their ends (LF or CR LF) and without a byte order mark.</summary>
internal sealed class LineReader(Stream stream)
{
    /// <summary>The longest line that is read, in bytes; the rest of a longer one is passed over.</summary>
    public const int MaxLineBytes = 1 << 20;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The number of the line last read, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>The next line, good until the next call; false at the end.</summary>
    /// <param name="line">The line; when it is too long, its beginning.</param>
    /// <param name="isTooLong">Whether the line is longer than <see cref="MaxLineBytes"/>.</param>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool isTooLong)
    {
        isTooLong = false;
        if (!TryFindEnd(out var length))
        {
            line = default;
            return false;
        }

        line = _buffer.AsSpan(_start, length);
        _start = Math.Min(_end, _start + length + 1);
        if (length > MaxLineBytes)
        {
            isTooLong = true;
            line = line[..MaxLineBytes];
        }

        if (LineNumber == 0 && line.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
        }

        LineNumber++;
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        return true;
    }

    /// <summary>Reads on until a whole line is in the buffer. Of a line that is too long only the beginning is kept.</summary>
    private bool TryFindEnd(out int length)
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0 || _isAtEnd)
            {
                length = found >= 0 ? searched + found : _end - _start;
                return found >= 0 || length > 0;
            }

            searched = _end - _start;
            if (searched > MaxLineBytes + 1)
            {
                searched = MaxLineBytes + 1;
                _end = _start + searched;
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _isAtEnd = read == 0;
    }
}
