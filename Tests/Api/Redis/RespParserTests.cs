using System.Globalization;
using System.Text;
using Throttle.Api.Redis;

namespace Throttle.Tests.Api.Redis;

public sealed class RespParserTests
{
    [Theory]
    [InlineData("*1\r\n$4\r\nPING\r\n", "PING")]
    [InlineData("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "ECHO|")]
    [InlineData("*2\r\n$4\r\nECHO\r\n$5\r\na\r\nb\n\r\n", "ECHO|a\r\nb\n")]
    [InlineData("*0\r\n*-1\r\n*-5\r\n*1\r\n$4\r\nPING\r\n", "PING")]
    [InlineData("\r\n\n  \r\nPING\r\n", "PING")]
    [InlineData("PING\n", "PING")]
    [InlineData("  echo \t hello\v world  \r\n", "echo|hello|world")]
    [InlineData("echo \"a b\" 'c d' \"\" ''\r\n", "echo|a b|c d||")]
    [InlineData("echo \"\\x41\\n\\r\\t\\b\\a\\q\\\"\\xZ1\" 'it\\'s \\n'\r\n", "echo|A\n\r\t\b\aq\"xZ1|it's \\n")]
    [InlineData("echo a\"b c\"\r\n", "echo|ab c")]
    [InlineData("UTF8 ключ\r\n", "UTF8|ключ")]
    [InlineData("*1\r\n$1\r\na\r\nPING x\r\n*1\r\n$1\r\nb\r\n", "a", "PING|x", "b")]
    public void Read_Commands_AreTheSameInPiecesOfAnySize(string input, params string[] commands)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        for (var size = 1; size <= bytes.Length; size++)
        {
            Assert.Equal(commands, ReadAll(bytes, size).Commands);
        }

        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var parser = new RespParser();
            Assert.Equal(commands, Feed(parser, bytes.AsSpan(0, cut)).Concat(Feed(parser, bytes.AsSpan(cut))));
        }
    }

    [Theory]
    [InlineData("*x\r\n", "invalid multibulk length")]
    [InlineData("*\r\n", "invalid multibulk length")]
    [InlineData("*01\r\n", "invalid multibulk length")]
    [InlineData("*-0\r\n", "invalid multibulk length")]
    [InlineData("*+1\r\n", "invalid multibulk length")]
    [InlineData("*1\n", "invalid multibulk length")]
    [InlineData("*1 \r\n", "invalid multibulk length")]
    [InlineData("*1025\r\n", "invalid multibulk length")]
    [InlineData("*9223372036854775807\r\n", "invalid multibulk length")]
    [InlineData("*999999999999999999999\r\n", "invalid multibulk length")]
    [InlineData("*10000000\r\n", "invalid multibulk length")]
    [InlineData("*1\r\n:1\r\n", "expected '$', got ':'")]
    [InlineData("*1\r\n*1\r\n*1\r\n", "expected '$', got '*'")]
    [InlineData("*1\r\n\r\n", "expected '$', got ' '")]
    [InlineData("*1\r\n$-1\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$-999999999\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$999999999999999999999\r\n", "invalid bulk length")]
    [InlineData("*3\r\n$1\r\na\r\n$999999999999\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$65537\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$1\r\nab\r\n", "expected CRLF after a bulk string")]
    [InlineData("*1\r\n$1\r\na\rb", "expected CRLF after a bulk string")]
    [InlineData("echo \"a\r\n", "unbalanced quotes in request")]
    [InlineData("echo 'a\r\n", "unbalanced quotes in request")]
    [InlineData("echo \"a\"b\r\n", "unbalanced quotes in request")]
    public void Read_NotTheProtocol_FailsInTheWordsOfRedisHoweverItComes(string input, string fault)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        for (var size = 1; size <= bytes.Length; size++)
        {
            Assert.Equal("Protocol error: " + fault, ReadAll(bytes, size).Fault);
        }
    }

    [Fact]
    public void Read_FirstByteOfALine_IsPrintedAsciiOrAnotherProtocol()
    {
        for (var first = 0; first <= byte.MaxValue; first++)
        {
            var parser = new RespParser();
            Feed(parser, "PING\r\n"u8);
            parser.Read([(byte)first], out _);
            Assert.Equal(first is not ('\r' or '\n') and (< ' ' or > '~'), parser.IsOtherProtocol);
            Assert.Equal(parser.IsOtherProtocol, parser.Fault is not null);
        }
    }

    [Fact]
    public void Read_AtTheLimits_IsACommand()
    {
        var argument = new string('x', RespLimits.MaxArgumentBytes);
        Assert.Equal([$"ECHO|{argument}"], ReadAll(Encoding.ASCII.GetBytes(RedisClient.Command("ECHO", argument)), 4096).Commands);

        var many = Enumerable.Repeat("a", RespLimits.MaxArguments).ToArray();
        Assert.Equal([string.Join('|', many)], ReadAll(Encoding.ASCII.GetBytes(RedisClient.Command(many)), 4096).Commands);

        var line = "ECHO " + new string('x', RespLimits.MaxInlineBytes - 6) + "\r\n";
        Assert.Equal([line.Trim().Replace(' ', '|')], ReadAll(Encoding.ASCII.GetBytes(line), 4096).Commands);

        var all = Enumerable.Repeat(argument, RespLimits.MaxCommandBytes / RespLimits.MaxArgumentBytes).ToArray();
        Assert.Equal([string.Join('|', all)], ReadAll(Encoding.ASCII.GetBytes(RedisClient.Command(all)), 4096).Commands);
    }

    [Fact]
    public void Read_BeyondTheLimits_Fails()
    {
        var line = "ECHO " + new string('x', RespLimits.MaxInlineBytes);
        Assert.Equal("Protocol error: too big inline request", ReadAll(Encoding.ASCII.GetBytes(line), 1000).Fault);

        var words = string.Join(' ', Enumerable.Repeat("a", RespLimits.MaxArguments + 1)) + "\r\n";
        Assert.Equal("Protocol error: too big inline request", ReadAll(Encoding.ASCII.GetBytes(words), 1000).Fault);

        var argument = new string('x', RespLimits.MaxArgumentBytes);
        var all = Enumerable.Repeat(argument, RespLimits.MaxCommandBytes / RespLimits.MaxArgumentBytes).Append("y").ToArray();
        Assert.Equal("Protocol error: too big multibulk request", ReadAll(Encoding.ASCII.GetBytes(RedisClient.Command(all)), 4096).Fault);
    }

    [Fact]
    public void Read_AfterALargeCommand_KeepsLittleMemory()
    {
        var parser = new RespParser();
        var large = Encoding.ASCII.GetBytes(RedisClient.Command("ECHO", new string('x', RespLimits.MaxArgumentBytes)));
        var small = Encoding.ASCII.GetBytes(RedisClient.Command("PING"));
        Feed(parser, large);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Feed(parser, small);
        var first = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(first < 4096, $"A small command after a large one allocated {first} bytes.");
        Assert.True(parser.Capacity <= 4096, $"It keeps {parser.Capacity} bytes.");
    }

    [Fact]
    public void Read_Announcements_AllocateNothing()
    {
        var parser = new RespParser();
        Feed(parser, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{RespLimits.MaxArguments}\r\n${RespLimits.MaxArgumentBytes}\r\nx")));
        Assert.True(parser.Capacity <= 4096, $"It holds {parser.Capacity} bytes for one that came.");
    }

    internal static (string[] Commands, string? Fault) ReadAll(ReadOnlySpan<byte> bytes, int size)
    {
        var parser = new RespParser();
        var commands = new List<string>();
        for (var at = 0; at < bytes.Length && parser.Fault is null; at += size)
        {
            commands.AddRange(Feed(parser, bytes.Slice(at, Math.Min(size, bytes.Length - at))));
        }

        return ([.. commands], parser.Fault);
    }

    private static List<string> Feed(RespParser parser, ReadOnlySpan<byte> piece)
    {
        var commands = new List<string>();
        while (true)
        {
            var result = parser.Read(piece, out var taken);
            piece = piece[taken..];
            if (result != RespResult.Command)
            {
                Assert.True(result == RespResult.Error || piece.IsEmpty, "All is taken where more is needed.");
                return commands;
            }

            commands.Add(string.Join('|', Enumerable.Range(0, parser.Count).Select(i => Encoding.UTF8.GetString(parser[i]))));
        }
    }
}
