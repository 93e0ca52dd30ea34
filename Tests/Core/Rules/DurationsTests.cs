using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Rules;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("0.1us", 1)]
    [InlineData("1us", 10)]
    [InlineData("1µs", 10)]
    [InlineData("250ms", 2_500_000)]
    [InlineData("10s", 100_000_000)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData("1.50000000s", 15_000_000)]
    [InlineData("0.0000001s", 1)]
    [InlineData("5m", 3_000_000_000)]
    [InlineData("2h", 72_000_000_000)]
    [InlineData("7d", 6_048_000_000_000)]
    [InlineData("1w", 6_048_000_000_000)]
    [InlineData("0.5d", 432_000_000_000)]
    [InlineData("922337203685.4775807s", long.MaxValue)]
    public void Parse_Good_IsExact(string text, long ticks) => Assert.Equal(ticks, Durations.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1S")]
    [InlineData("1.s")]
    [InlineData(".5s")]
    [InlineData("1.2.3s")]
    [InlineData("0.00000001s")]
    [InlineData("0.05us")]
    [InlineData("1e3s")]
    [InlineData("1month")]
    [InlineData("١s")]
    public void Parse_NoDuration_NamesTheValue(string text)
    {
        var error = Assert.Throws<FormatException>(() => Durations.Parse(text));

        Assert.StartsWith($"'{text}' is not a duration;", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("922337203685.4775808s")]
    [InlineData("99999999999999999999999999999w")]
    public void Parse_TooLongForTicks_NamesTheRange(string text)
    {
        var error = Assert.Throws<FormatException>(() => Durations.Parse(text));

        Assert.Equal($"'{text}' is out of range; use 0s to 10675199d.", error.Message);
    }

    [Theory]
    [InlineData("0.9us")]
    [InlineData("401d")]
    public void Parse_OutOfGivenRange_NamesTheRange(string text)
    {
        var error = Assert.Throws<FormatException>(() => Durations.Parse(text, Limits.MinPeriodTicks, Limits.MaxPeriodTicks));

        Assert.Equal($"'{text}' is out of range; use 1us to 400d.", error.Message);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "0.1us")]
    [InlineData(15, "1.5us")]
    [InlineData(10, "1us")]
    [InlineData(15_000_000, "1500ms")]
    [InlineData(600_000_000, "1m")]
    [InlineData(900_000_000, "90s")]
    [InlineData(6_048_000_000_000, "7d")]
    public void Format_Any_UsesTheLargestExactUnit(long ticks, string text) => Assert.Equal(text, Durations.Format(ticks));

    [Fact]
    public void Format_RandomTicks_ReadsBack()
    {
        var random = new Random(7);
        for (var i = 0; i < 10_000; i++)
        {
            var ticks = random.NextInt64(long.MaxValue) >> random.Next(63);

            Assert.Equal(ticks, Durations.Parse(Durations.Format(ticks)));
        }
    }

    [Theory]
    [InlineData("10/s", 10, 10_000_000, "10/s")]
    [InlineData("300/10s", 300, 100_000_000, "300/10s")]
    [InlineData("1000/h", 1000, 36_000_000_000, "1000/h")]
    [InlineData("5/250ms", 5, 2_500_000, "5/250ms")]
    [InlineData("1/60s", 1, 600_000_000, "1/m")]
    [InlineData("9007199254740992/us", 1L << 53, 10, "9007199254740992/us")]
    [InlineData("1/400d", 1, Limits.MaxPeriodTicks, "1/400d")]
    public void RateParse_Good_IsExactAndReadsBack(string text, long permits, long periodTicks, string canonical)
    {
        var rate = Rate.Parse(text);

        Assert.Equal(new Rate(permits, periodTicks), rate);
        Assert.Equal(canonical, rate.ToString());
        Assert.Equal(rate, Rate.Parse(rate.ToString()));
    }

    [Theory]
    [InlineData("", "is not a rate")]
    [InlineData("10", "is not a rate")]
    [InlineData("/s", "is not a rate")]
    [InlineData("-1/s", "is not a rate")]
    [InlineData("1.5/s", "for a fraction use a longer period, 5/2s for 2.5 a second.")]
    [InlineData("0/s", "use 1 to 9007199254740992 permits per period")]
    [InlineData("9007199254740993/s", "use 1 to 9007199254740992 permits per period")]
    [InlineData("99999999999999999999/s", "use 1 to 9007199254740992 permits per period")]
    [InlineData("1/", "is not a duration")]
    [InlineData("1/x", "is not a duration")]
    [InlineData("1/0s", "use 1us to 400d")]
    [InlineData("1/401d", "use 1us to 400d")]
    [InlineData("1/2/s", "is not a duration")]
    public void RateParse_Bad_SaysWhy(string text, string reason)
    {
        Assert.False(Rate.TryParse(text, out _));
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Rate.Parse(text)).Message, StringComparison.Ordinal);
    }
}
