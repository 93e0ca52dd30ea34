namespace Throttle.Cli.Replay;

/// <summary>Files that are no text in UTF-8, by their first bytes.</summary>
internal static class FileKinds
{
    /// <summary>How many bytes <see cref="Describe"/> looks at.</summary>
    public const int HeadBytes = 6;

    /// <summary>Whether it is gzip, which is read.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> head) => head is [0x1F, 0x8B, ..];

    /// <summary>Names the kind of a file that cannot be read, and the command that makes it readable; null for a file that may be text.</summary>
    /// <param name="head">Its first bytes.</param>
    /// <param name="path">Its name, or <c>-</c>.</param>
    public static string? Describe(ReadOnlySpan<byte> head, string path)
    {
        var file = path is "-" ? "" : $" '{path}'";
        return head switch
        {
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Packed("zstd", $"zstd -dc{file}"),
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => Packed("xz", $"xz -dc{file}"),
            [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => Packed("bzip2", $"bzip2 -dc{file}"),
            [0x04, 0x22, 0x4D, 0x18, ..] => Packed("lz4", $"lz4 -dc{file}"),
            [0x1F, 0x9D, ..] => Packed("compress (.Z)", $"gzip -dc{file}"),
            [(byte)'P', (byte)'K', 3, 4, ..] => Packed("zip", path is "-" ? "funzip" : $"unzip -p{file}"),
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => Wide("UTF-16", file),
            [not 0, 0, not 0, 0, ..] => Wide("UTF-16LE", file),
            [0, not 0, 0, not 0, ..] => Wide("UTF-16BE", file),
            _ => null,
        };
    }

    private static string Packed(string kind, string command) => $"is compressed with {kind}, which is not read; use: {command} | throttle replay … -";

    private static string Wide(string encoding, string file) =>
        $"is written in {encoding}, and UTF-8 is read; use: iconv -f {encoding} -t UTF-8{file} | throttle replay … -";
}
