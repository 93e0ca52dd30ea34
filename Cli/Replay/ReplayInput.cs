using System.IO.Compression;

namespace Throttle.Cli.Replay;

/// <summary>The recorded traffic, from a file or from standard input, unpacked when it is gzip.</summary>
internal sealed class ReplayInput : IDisposable
{
    private readonly Stream _raw;
    private readonly Stream _text;

    private ReplayInput(Stream raw, Stream text, long? length)
    {
        _raw = raw;
        _text = text;
        Length = length;
        Lines = new LineReader(text);
    }

    /// <summary>The lines.</summary>
    public LineReader Lines { get; }

    /// <summary>Bytes to read, as they lie on the disk; null when nobody knows.</summary>
    public long? Length { get; }

    /// <summary>Bytes read, as they lie on the disk; 0 when <see cref="Length"/> is null.</summary>
    public long Position => Length is null ? 0 : _raw.Position;

    /// <summary>Opens a file, or standard input for <c>-</c>.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ReplayInput Open(string path, Func<Stream> standardInput)
    {
        if (string.Equals(path, "-", StringComparison.Ordinal))
        {
            return From(new PeekStream(standardInput()), length: null);
        }

        var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 1 << 16 });
        try
        {
            return From(new PeekStream(file), file.CanSeek ? file.Length : null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        _raw.Dispose();
    }

    /// <summary>Gzip is told by its first two bytes, whatever the name.</summary>
    private static ReplayInput From(PeekStream raw, long? length) =>
        new(raw, raw.Peek(2) is [0x1F, 0x8B] ? new GZipStream(raw, CompressionMode.Decompress, leaveOpen: true) : raw, length);
}
