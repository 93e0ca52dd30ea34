using System.Text;
using Throttle.Cli.Replay;

namespace Throttle.Tests.Cli.Replay;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("a\n\nb", "a||b")]
    [InlineData("\n", "")]
    [InlineData("\uFEFFa\nb", "a|b")]
    [InlineData("a\n\uFEFFb", "a|\uFEFFb")]
    [InlineData("a\rb\n", "a\rb")]
    public void TryRead_Ends_AreTakenOff(string text, string lines) =>
        Assert.Equal(lines, string.Join('|', ReadAll(Encoding.UTF8.GetBytes(text)).Select(line => line.Text)));

    [Fact]
    public void TryRead_LineOfTheGreatestLength_IsWhole()
    {
        var text = new string('x', LineReader.MaxLineBytes) + "\nnext";

        Assert.Equal([(text[..^5], false), ("next", false)], ReadAll(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public void TryRead_LineTooLong_IsCutAndTheNextIsWhole(int tooMany)
    {
        var text = "first\n" + new string('x', LineReader.MaxLineBytes + tooMany) + "\nlast";

        var lines = ReadAll(Encoding.UTF8.GetBytes(text));

        Assert.Equal([("first", false), (new string('x', LineReader.MaxLineBytes), true), ("last", false)], lines);
    }

    [Fact]
    public void TryRead_RandomLinesInRandomPieces_AreThoseOfASplit()
    {
        const int Seed = 3;
        var random = new Random(Seed);
        for (var round = 0; round < 30; round++)
        {
            var lines = Enumerable.Range(0, random.Next(1, 300))
                .Select(_ => new string((char)random.Next('a', 'z'), random.Next(random.Next(5) == 0 ? 100_000 : 80)))
                .ToList();
            var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");

            Assert.Equal(lines, ReadAll(new Trickle(bytes, random)).Select(line => line.Text));
        }
    }

    private static List<(string Text, bool IsTooLong)> ReadAll(byte[] bytes) => ReadAll(new MemoryStream(bytes));

    private static List<(string Text, bool IsTooLong)> ReadAll(Stream stream)
    {
        var reader = new LineReader(stream);
        var lines = new List<(string, bool)>();
        while (reader.TryRead(out var line, out var isTooLong))
        {
            lines.Add((Encoding.UTF8.GetString(line), isTooLong));
            Assert.Equal(lines.Count, reader.LineNumber);
        }

        return lines;
    }

    /// <summary>Gives out a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, random.Next(1, 5_000)));
    }
}
