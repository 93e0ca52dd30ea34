using System.IO.Compression;
using Throttle.Api.RuleFiles;

namespace Throttle.Cli.Replay;

/// <summary>The recorded traffic, from a file or from standard input, unpacked when it is gzip.</summary>
internal sealed class ReplayInput : IDisposable
{
    private readonly Stream _raw;
    private readonly Stream _text;
    private readonly UnpackedStream? _unpacked;

    private ReplayInput(Stream raw, Stream text, UnpackedStream? unpacked, long? length)
    {
        _raw = raw;
        _text = text;
        _unpacked = unpacked;
        Length = length;
        Lines = new LineReader(text);
    }

    /// <summary>The lines.</summary>
    public LineReader Lines { get; }

    /// <summary>Whether the file was cut short, so that lines are missing; known when all of it has been read.</summary>
    public bool EndsEarly => _unpacked?.EndsEarly ?? false;

    /// <summary>Bytes to read, as they lie on the disk; null when nobody knows.</summary>
    public long? Length { get; }

    /// <summary>Bytes read, as they lie on the disk; 0 when <see cref="Length"/> is null.</summary>
    public long Position => Length is null ? 0 : _raw.Position;

    /// <summary>Opens a file, or standard input for <c>-</c>.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="InvalidDataException">It is damaged gzip.</exception>
    /// <exception cref="CliException">It is no text, and no gzip either; the message says what it is and how to read it.</exception>
    public static ReplayInput Open(string path, Func<Stream> standardInput)
    {
        if (string.Equals(path, "-", StringComparison.Ordinal))
        {
            return From(new PeekStream(standardInput()), path, length: null);
        }

        if (UnixFile.IsEndless(path))
        {
            throw new CliException($"'{path}' is a device that never ends; name a file.");
        }

        var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 1 << 16 });
        try
        {
            return From(new PeekStream(file), path, file.CanSeek ? file.Length : null);
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

    /// <summary>A file is told by its first bytes, whatever its name.</summary>
    private static ReplayInput From(PeekStream raw, string path, long? length)
    {
        if (!FileKinds.IsGzip(Checked(raw, path)))
        {
            return new ReplayInput(raw, raw, null, length);
        }

        var unpacked = new UnpackedStream(new GZipStream(raw, CompressionMode.Decompress, leaveOpen: true), raw);
        var text = new PeekStream(unpacked);
        Checked(text, path);
        return new ReplayInput(raw, text, unpacked, length);
    }

    private static ReadOnlySpan<byte> Checked(PeekStream stream, string path)
    {
        var head = stream.Peek(FileKinds.HeadBytes);
        return FileKinds.Describe(head, path) is { } unread ? throw new CliException($"'{path}' {unread}") : head;
    }
}
