using System.Globalization;
using System.Text;
using Throttle.Cli.Replay;
using Throttle.Core.Time;

namespace Throttle.Tests.Cli.Replay;

public sealed class JsonLineTests
{
    private static readonly JsonLinesFormat Format = new();

    [Fact]
    public void Read_AllFields_GivesThemAll()
    {
        var entry = Read("""{"at":12.5,"attributes":{"user":"42","n":1.50,"b":true},"cost":3,"op":"peek","wait":"1.5s"}""");

        Assert.Equal(Ticks.UnixEpoch + 125_000_000, entry.At);
        Assert.Equal(ReplayOp.Peek, entry.Op);
        Assert.Equal(3, entry.Request.Cost);
        Assert.Equal(TimeSpan.FromSeconds(1.5), entry.Request.MaxWait);
        Assert.Equal([("user", "42"), ("n", "1.50"), ("b", "true")], entry.Request.Attributes);
    }

    [Fact]
    public void Read_OnlyRequiredFields_HasDefaults()
    {
        var entry = Read("""  {"attributes":{},"at":0}  """);

        Assert.Equal(Ticks.UnixEpoch, entry.At);
        Assert.Equal(ReplayOp.Acquire, entry.Op);
        Assert.Equal(1, entry.Request.Cost);
        Assert.Equal(TimeSpan.Zero, entry.Request.MaxWait);
        Assert.Empty(entry.Request.Attributes);
    }

    [Theory]
    [InlineData("1431857103.1234567", 14_318_571_031_234_567)]
    [InlineData("0.0000001", 1)]
    [InlineData("0.00000019", 1)]
    [InlineData("1.25e1", 125_000_000)]
    [InlineData("-0.5", -5_000_000)]
    [InlineData("9007199254.7409931", 90_071_992_547_409_931)]
    [InlineData("\"1970-01-01T00:00:01Z\"", 10_000_000)]
    [InlineData("\"1970-01-01T00:00:01.1234567Z\"", 11_234_567)]
    [InlineData("\"1970-01-01T00:00:01.12345678Z\"", 11_234_567)]
    [InlineData("\"1970-01-01T02:00:01+02:00\"", 10_000_000)]
    [InlineData("\"1970-01-01T00:00:01\"", 10_000_000)]
    [InlineData("\"1969-12-31T23:59-01:00\"", 35_400_000_000)]
    public void Read_At_IsExact(string at, long ticksSinceEpoch) =>
        Assert.Equal(Ticks.UnixEpoch + ticksSinceEpoch, Read("""{"attributes":{},"at":""" + at + "}").At);

    [Theory]
    [InlineData("\"250ms\"", 2_500_000)]
    [InlineData("2", 20_000_000)]
    [InlineData("0.00000019", 1)]
    [InlineData("\"400d\"", 400 * TimeSpan.TicksPerDay)]
    public void Read_Wait_IsExact(string wait, long ticks) =>
        Assert.Equal(ticks, Read("""{"at":0,"attributes":{},"wait":""" + wait + "}").Request.MaxWait.Ticks);

    [Theory]
    [InlineData("1.0", 1)]
    [InlineData("1e3", 1000)]
    [InlineData("9007199254740992", 9_007_199_254_740_992)]
    public void Read_Cost_TakesWholeNumbers(string cost, long expected) =>
        Assert.Equal(expected, Read("""{"at":0,"attributes":{},"cost":""" + cost + "}").Request.Cost);

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "'at' is missing")]
    [InlineData("""{"at":0}""", "'attributes' is missing")]
    [InlineData("""{"at":0,"at":1,"attributes":{}}""", "'at' is given twice")]
    [InlineData("""{"at":0,"attributes":{},"costs":1}""", "the field 'costs' is not known; use at, attributes, cost, op, wait")]
    [InlineData("""{"at":"yesterday","attributes":{}}""", "at is 'yesterday'; use decimal seconds since 1970 or an ISO time, in the years 1 to 9999")]
    [InlineData("""{"at":253402300800,"attributes":{}}""", "at is 253402300800; use decimal seconds since 1970 or an ISO time, in the years 1 to 9999")]
    [InlineData("""{"at":1e400,"attributes":{}}""", "at is 1e400; use decimal seconds since 1970 or an ISO time, in the years 1 to 9999")]
    [InlineData("""{"at":0,"attributes":[]}""", "attributes is an array; use an object of names and values")]
    [InlineData("""{"at":0,"attributes":{"a":null}}""", "attributes.a is null; use a text, a number, true or false")]
    [InlineData("""{"at":0,"attributes":{"a":"1","a":"2"}}""", "attributes.a is given twice")]
    [InlineData("""{"at":0,"attributes":{},"cost":-1}""", "cost is -1; use a whole number from 0 to 9007199254740992")]
    [InlineData("""{"at":0,"attributes":{},"cost":1.5}""", "cost is 1.5; use a whole number from 0 to 9007199254740992")]
    [InlineData("""{"at":0,"attributes":{},"op":"take"}""", "op is 'take'; use acquire, peek or return")]
    [InlineData("""{"at":0,"attributes":{},"wait":"soon"}""", "wait is 'soon'; use a duration such as 250ms, 2s or 1m, or decimal seconds, 0 to 400 days")]
    [InlineData("""{"at":0,"attributes":{},"wait":-1}""", "wait is -1; use a duration such as 250ms, 2s or 1m, or decimal seconds, 0 to 400 days")]
    [InlineData("""{"at":0,"attributes":{}} x""", "not JSON, from byte 26 on")]
    [InlineData("""{"at":0,"attributes":{"a":"\ud800"}}""", "text that is not valid Unicode")]
    [InlineData("""{"at":0,"attri""", "not JSON, from byte 15 on")]
    public void TryReadInstant_BadLine_SaysWhatIsWrong(string line, string expected)
    {
        Assert.False(Format.TryReadInstant(Encoding.UTF8.GetBytes(line), out _, out var fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void TryReadInstant_EveryBeginningOfALine_IsRefused()
    {
        var line = """{"at":"2015-05-17T10:05:03Z","attributes":{"user":"42"},"cost":3,"op":"acquire","wait":"1.5s"}"""u8;
        for (var length = 0; length < line.Length; length++)
        {
            Assert.False(Format.TryReadInstant(line[..length], out _, out var fault), Encoding.UTF8.GetString(line[..length]));
            Assert.NotNull(fault);
        }
    }

    [Fact]
    public void Read_InAnotherCulture_IsTheSame()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            Assert.Equal(Ticks.UnixEpoch + 125_000_000, Read("""{"at":12.5,"attributes":{}}""").At);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
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
}
