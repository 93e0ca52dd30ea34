using System.Text;
using Throttle.Cli.Replay;
using Throttle.Core.Time;

namespace Throttle.Tests.Cli.Replay;

public sealed class AccessLogTests
{
    private const string Combined =
        """83.149.9.216 - frank [17/May/2015:10:05:03 +0000] "GET /a/b.png?x=1&y=2 HTTP/1.1" 200 203023 "http://e.org/p" "Mozilla/5.0 (X11)" """;

    private static readonly AccessLogFormat Format = new(hasHost: false, new RequestForm());

    [Fact]
    public void Read_CombinedLine_GivesEveryAttribute()
    {
        var entry = Read(Combined.TrimEnd());

        Assert.Equal(new DateTimeOffset(2015, 5, 17, 10, 5, 3, TimeSpan.Zero).Ticks, entry.At);
        Assert.Equal(ReplayOp.Acquire, entry.Op);
        Assert.Equal(1, entry.Request.Cost);
        Assert.Equal(
            [
                ("ip", "83.149.9.216"), ("user", "frank"), ("method", "GET"), ("path", "/a/b.png"), ("query", "x=1&y=2"),
                ("status", "200"), ("bytes", "203023"), ("referer", "http://e.org/p"), ("agent", "Mozilla/5.0 (X11)"),
            ],
            entry.Request.Attributes);
    }

    [Fact]
    public void Read_CommonLineWithDashes_LeavesOutWhatIsNotKnown()
    {
        var entry = Read("""127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "POST /form HTTP/1.0" - -""");

        Assert.Equal(
            [("ip", "127.0.0.1"), ("method", "POST"), ("path", "/form"), ("bytes", "0")], entry.Request.Attributes);
        Assert.Equal(new DateTimeOffset(2000, 10, 10, 20, 55, 36, TimeSpan.Zero).Ticks, entry.At);
    }

    [Theory]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "-" """)]
    [InlineData("""1.2.3.4 - "" [17/May/2015:10:05:03 +0000] "GET /? HTTP/1.1" 200 5 "" "" """)]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 0.004 example.org""")]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /" 200 5""")]
    public void Read_NothingButTheRequest_HasNoOtherAttributes(string line) =>
        Assert.Equal(
            [("ip", "1.2.3.4"), ("method", "GET"), ("path", "/"), ("status", "200"), ("bytes", "5")],
            Read(line).Request.Attributes);

    [Fact]
    public void Read_FieldsAfterTheAgent_ArePassedOver()
    {
        var entry = Read("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8" 0.004 "more" """);

        Assert.Equal("curl/8", entry.Request.Attributes.Find("agent"));
        Assert.Equal(6, entry.Request.Attributes.Count);
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("2001:DB8:0:0::1", "2001:db8::1")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("client.example.org", "client.example.org")]
    [InlineData("localhost", "localhost")]
    public void Read_OtherClients_AreInTheirOneSpelling(string host, string expected) =>
        Assert.Equal(expected, Read($"""{host} - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5""").Request.Attributes.Find("ip"));

    [Theory]
    [InlineData("John Doe")]
    [InlineData("a@b.org")]
    public void Read_UserWithBlanks_IsWhole(string user) =>
        Assert.Equal(user, Read($"""1.2.3.4 - {user} [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5""").Request.Attributes.Find("user"));

    [Theory]
    [InlineData("""a\"b""", "a\"b")]
    [InlineData("""a\\""", "a\\")]
    [InlineData("""a\\\"b""", "a\\\"b")]
    [InlineData("""\x41\xc3\xa9""", "Aé")]
    [InlineData("""\x4""", "\\x4")]
    [InlineData("""\q""", "\\q")]
    [InlineData("""tab\there""", "tab\there")]
    public void Read_EscapesInTheAgent_AreUndone(string written, string agent) =>
        Assert.Equal(
            agent,
            Read($"""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "{written}" """.TrimEnd()).Request.Attributes.Find("agent"));

    [Fact]
    public void Read_EscapedQuoteInThePath_StaysInThePath() =>
        Assert.Equal(
            "/a\"b c",
            Read("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /a\"b c HTTP/1.1" 200 5""").Request.Attributes.Find("path"));

    [Theory]
    [InlineData("-")]
    [InlineData("")]
    [InlineData("""\x16\x03\x01\x02""")]
    [InlineData("GET")]
    [InlineData("GET  HTTP/1.1")]
    [InlineData("hello there")]
    [InlineData("- /x HTTP/1.1")]
    [InlineData("G(T /x HTTP/1.1")]
    public void Read_RequestLineThatIsNone_GivesNoMethodAndNoPath(string request)
    {
        var entry = Read($"""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "{request}" 400 226""");

        Assert.Equal([("ip", "1.2.3.4"), ("status", "400"), ("bytes", "226")], entry.Request.Attributes);
    }

    [Theory]
    [InlineData("post /x HTTP/1.1", "POST", "/x")]
    [InlineData("M-SEARCH /x HTTP/1.1", "M-SEARCH", "/x")]
    [InlineData("x-custom /x HTTP/1.1", "X-CUSTOM", "/x")]
    [InlineData("GET /x", "GET", "/x")]
    [InlineData("GET x HTTP/1.1", "GET", "/x")]
    [InlineData("GET http://Shop.example:80/%61?b HTTP/1.1", "GET", "/a")]
    [InlineData("CONNECT shop.example:443 HTTP/1.1", "CONNECT", "/")]
    [InlineData("OPTIONS * HTTP/1.1", "OPTIONS", "/")]
    public void Read_AnyToken_IsAMethod(string request, string method, string path)
    {
        var attributes = Read($"""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "{request}" 200 5""").Request.Attributes;

        Assert.Equal((method, path), (attributes.Find("method"), attributes.Find("path")));
    }

    [Theory]
    [InlineData("www.example.com:80 203.0.113.1 - -", "www.example.com", "203.0.113.1", null)]
    [InlineData("WWW.example.com. 203.0.113.1 - bo", "www.example.com", "203.0.113.1", "bo")]
    [InlineData("[2001:db8::2]:443 2001:db8::1 - -", "[2001:db8::2]", "2001:db8::1", null)]
    [InlineData("www.example.com:80 client.example.org - John Doe", "www.example.com", "client.example.org", "John Doe")]
    public void Read_LineWithAHost_HasIt(string start, string host, string ip, string? user)
    {
        var format = new AccessLogFormat(hasHost: true, new RequestForm());
        var line = Encoding.UTF8.GetBytes($"""{start} [31/Jan/2017:09:44:00 +0100] "GET /a HTTP/1.1" 200 12 "-" "M" """.TrimEnd());

        Assert.True(format.TryReadInstant(line, out _, out var fault), fault);
        var attributes = format.Read(line).Request.Attributes;

        Assert.Equal((host, ip, user), (attributes.Find("host"), attributes.Find("ip"), attributes.Find("user")));
    }

    [Theory]
    [InlineData("203.0.113.1,")]
    [InlineData("203.0.113.1,10.0.0.1")]
    [InlineData("www.example.com:80")]
    [InlineData("300.1.1.1")]
    [InlineData("192.0.2.01")]
    [InlineData("-")]
    [InlineData("a/b")]
    public void TryReadInstant_ClientThatIsNeitherAddressNorName_IsNamed(string client) =>
        Assert.Equal(
            client is "-" ? null : $"the client is '{client}', which is neither an address nor a name",
            FaultOrNull($"""{client} - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5"""));

    [Fact]
    public void TryReadInstant_HostBeforeTheClient_NamesTheOtherFormat() =>
        Assert.Contains("vhost-combined", Fault("""shop.example 203.0.113.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("/vim/%094?x", "/vim/\t4", "holds a control character")]
    [InlineData("/a%00b", "/a%00b", "holds a control character")]
    [InlineData("/a%2fb", "/a%2Fb", "can be read as more than one path")]
    [InlineData("http://shop.example/a//../b%", "/a/b%", "has a percent sign without")]
    public void Read_PathWithoutANormalForm_IsTheApplicationsAndNamed(string target, string path, string fault)
    {
        var entry = Read($"""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET {target} HTTP/1.1" 200 5""");

        Assert.Equal(path, entry.Request.Attributes.Find("path"));
        Assert.StartsWith($"the path is '{target}', which {fault}", entry.PathFault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"http://e", "http://e", null)]
    [InlineData("\"-\" \"Moz", null, "Moz")]
    [InlineData("\"-\" \"Moz\\", null, "Moz\\")]
    public void Read_LineCutOffBehindTheRequest_CountsAsCutOff(string end, string? referer, string? agent)
    {
        var entry = Read($"1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 {end}");

        Assert.True(entry.IsCutOff);
        Assert.Equal((referer, agent), (entry.Request.Attributes.Find("referer"), entry.Request.Attributes.Find("agent")));
    }

    [Theory]
    [InlineData("17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03Z")]
    [InlineData("17/May/2015:10:05:03 +0530", "2015-05-17T04:35:03Z")]
    [InlineData("17/May/2015:10:05:03 -0800", "2015-05-17T18:05:03Z")]
    [InlineData("01/Jan/2015:00:30:00 +0100", "2014-12-31T23:30:00Z")]
    [InlineData("29/Feb/2016:23:59:59 +0000", "2016-02-29T23:59:59Z")]
    [InlineData("31/Dec/9999:23:59:59 +0000", "9999-12-31T23:59:59Z")]
    [InlineData("01/Jan/0001:00:00:00 +0000", "0001-01-01T00:00:00Z")]
    public void TryParse_GoodTime_IsUtc(string text, string expected)
    {
        Assert.True(LogTime.TryParse(Encoding.UTF8.GetBytes(text), out var at));
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture).UtcTicks, at);
    }

    [Theory]
    [InlineData("")]
    [InlineData("29/Feb/2015:00:00:00 +0000")]
    [InlineData("31/Apr/2015:00:00:00 +0000")]
    [InlineData("00/May/2015:00:00:00 +0000")]
    [InlineData("17/may/2015:00:00:00 +0000")]
    [InlineData("17/Mai/2015:00:00:00 +0000")]
    [InlineData("17/May/2015:24:00:00 +0000")]
    [InlineData("17/May/2015:10:60:00 +0000")]
    [InlineData("17/May/2015:10:05:60 +0000")]
    [InlineData("17/May/2015:10:05:03 0000")]
    [InlineData("17/May/2015:10:05:03 +00:00")]
    [InlineData("17/May/2015:10:05:03 +2400")]
    [InlineData("17/May/2015:10:05:03")]
    [InlineData("1x/May/2015:10:05:03 +0000")]
    [InlineData("17/May/0000:10:05:03 +0000")]
    [InlineData("01/Jan/0001:00:00:00 +0100")]
    [InlineData("31/Dec/9999:23:59:59 -0001")]
    public void TryReadInstant_BadTime_IsNamed(string time)
    {
        var fault = Fault($"""1.2.3.4 - - [{time}] "GET / HTTP/1.1" 200 5""");

        Assert.Equal($"'{time}' is no time; use a form like 17/May/2015:10:05:03 +0000", fault);
    }

    [Theory]
    [InlineData("", "no host at the start of the line")]
    [InlineData(" - - [17/May/2015:10:05:03 +0000]", "no host at the start of the line")]
    [InlineData("1.2.3.4", "no host at the start of the line")]
    [InlineData("1.2.3.4 - -", "no 'ident user [time]' after the host")]
    [InlineData("1.2.3.4 - [17/May/2015:10:05:03 +0000]", "no 'ident user [time]' after the host")]
    [InlineData("1.2.3.4 - - [17/May/2015:10", "the time's bracket is not closed")]
    [InlineData("1.2.3.4 - - [17/May/2015:10:05:03 +0000]", "the line ends before the request")]
    [InlineData("1.2.3.4 - - [17/May/2015:10:05:03 +0000] GET", "no quoted request after the time")]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HT""", "the request's quote is not closed")]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HT\""", "the request's quote is not closed")]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" """, "the line ends before the status")]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 20 5""", "the status is '20'; use three digits or -")]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200""", "the line ends before the number of bytes")]
    [InlineData("""1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 -5""", "the number of bytes is '-5'; use digits or -")]
    public void TryReadInstant_BadLine_SaysWhatIsWrong(string line, string expected) => Assert.Equal(expected, Fault(line));

    [Fact]
    public void TryReadInstant_EveryBeginningOfALine_IsReadOrNamed()
    {
        var line = Encoding.UTF8.GetBytes(Combined.TrimEnd());
        for (var length = 0; length < line.Length; length++)
        {
            var isRead = Format.TryReadInstant(line.AsSpan(0, length), out _, out var fault);

            // A line cut within the number of bytes, or behind it, tells the request.
            var text = Combined[..length];
            Assert.True(isRead == text.Contains("200 2", StringComparison.Ordinal), $"'{text}' was {(isRead ? "read" : "refused: " + fault)}.");
        }
    }

    [Fact]
    public void TryReadInstant_RandomDamage_NeverThrows()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        for (var round = 0; round < 20_000; round++)
        {
            var line = Encoding.UTF8.GetBytes(Combined);
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                line[random.Next(line.Length)] = (byte)random.Next(256);
            }

            if (Format.TryReadInstant(line, out var at, out var fault))
            {
                Assert.Equal(at, Format.Read(line).At);
                Assert.InRange(at, 0, Ticks.MaxInstant);
            }
            else
            {
                Assert.NotEmpty(fault);
            }
        }
    }

    private static ReplayEntry Read(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        Assert.True(Format.TryReadInstant(bytes, out var at, out var fault), fault);
        var entry = Format.Read(bytes);
        Assert.Equal(at, entry.At);
        return entry;
    }

    private static string? FaultOrNull(string line) => Format.TryReadInstant(Encoding.UTF8.GetBytes(line), out _, out var fault) ? null : fault;

    private static string? Fault(string line)
    {
        Assert.False(Format.TryReadInstant(Encoding.UTF8.GetBytes(line), out _, out var fault));
        return fault;
    }
}
