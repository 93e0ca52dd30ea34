namespace Throttle.Cli.Replay;

/// <summary>A run in a temporary file that is gone when the run is disposed of, or the process ends.</summary>
internal sealed class SpilledRun : SortedRun
{
    private const int BufferBytes = 1 << 16;

    private readonly FileStream _file = Create();
    private byte[] _text = new byte[256];
    private int _length;
    private LineKey _key;
    private long _remaining;

    /// <inheritdoc/>
    public override LineKey Key => _key;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <summary>Writes the lines of a sorted block, to be read from then on.</summary>
    public void Write(LineBlock sorted)
    {
        using (var writer = new BinaryWriter(_file, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            for (var i = 0; i < sorted.Count; i++)
            {
                var text = sorted.Text(i);
                writer.Write(sorted.Key(i).At);
                writer.Write(sorted.Key(i).Number);
                writer.Write(text.Length);
                writer.Write(text);
            }
        }

        _remaining = sorted.Count;
        _file.Position = 0;
    }

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        if (_remaining == 0)
        {
            return false;
        }

        _remaining--;
        Span<byte> head = stackalloc byte[20];
        _file.ReadExactly(head);
        _key = new LineKey(BitConverter.ToInt64(head), BitConverter.ToInt64(head[8..]));
        _length = BitConverter.ToInt32(head[16..]);
        if (_length > _text.Length)
        {
            _text = new byte[Math.Max(_length, _text.Length * 2)];
        }

        _file.ReadExactly(_text.AsSpan(0, _length));
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    /// <summary>Only this user may read the file: traffic is nobody else's business.</summary>
    private static FileStream Create()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose | FileOptions.SequentialScan,
            BufferSize = BufferBytes,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
    }
}
