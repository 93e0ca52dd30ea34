using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Rules;

public sealed class SizesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("17", 17)]
    [InlineData("17B", 17)]
    [InlineData("32KiB", 32_768)]
    [InlineData("32kB", 32_000)]
    [InlineData("32KB", 32_000)]
    [InlineData("1MB", 1_000_000)]
    [InlineData("1MiB", 1_048_576)]
    [InlineData("1.5MB", 1_500_000)]
    [InlineData("0.5KiB", 512)]
    [InlineData("1.0009765625KiB", 1_025)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("3TB", 3_000_000_000_000)]
    [InlineData("8192TiB", 1L << 53)]
    public void Parse_Good_IsExact(string text, long bytes) => Assert.Equal(bytes, Sizes.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("KiB")]
    [InlineData("-1KiB")]
    [InlineData("+1KiB")]
    [InlineData("1 KiB")]
    [InlineData("1kib")]
    [InlineData("1mb")]
    [InlineData("1Mb")]
    [InlineData("1K")]
    [InlineData("1.5")]
    [InlineData("0.3KiB")]
    [InlineData(".5KiB")]
    [InlineData("1.KiB")]
    [InlineData("1e3")]
    [InlineData("١KiB")]
    public void Parse_NoSize_NamesTheValueAndTheUnits(string text) => Assert.Equal(
        $"'{text}' is not a size; write whole bytes as a number with a unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB), such as 64KiB or 1.5MB.",
        Assert.Throws<FormatException>(() => Sizes.Parse(text)).Message);

    [Theory]
    [InlineData("0", 1, 1L << 53, "1B to 8192TiB")]
    [InlineData("8193TiB", 0, 1L << 53, "0B to 8192TiB")]
    [InlineData("99999999999999999999999999999TiB", 0, 1L << 53, "0B to 8192TiB")]
    [InlineData("2MiB", 1, 1_000_000, "1B to 1MB")]
    public void Parse_OutOfRange_NamesTheRange(string text, long min, long max, string range) => Assert.Equal(
        $"'{text}' is out of range; use {range}.", Assert.Throws<FormatException>(() => Sizes.Parse(text, min, max)).Message);

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(17, "17B")]
    [InlineData(1_000, "1kB")]
    [InlineData(1_024, "1KiB")]
    [InlineData(1_536, "1536B")]
    [InlineData(1_500_000, "1500kB")]
    [InlineData(1_048_576, "1MiB")]
    [InlineData(1_024_000, "1000KiB")]
    public void Format_Any_UsesTheLargestExactUnit(long bytes, string text) => Assert.Equal(text, Sizes.Format(bytes));

    [Theory]
    [InlineData(0, "0", "0/s")]
    [InlineData(1_024, "1024", "1024/s")]
    [InlineData(65_535, "65535", "65535/s")]
    [InlineData(65_536, "64KiB", "64KiB/s")]
    [InlineData(65_537, "65537", "65537/s")]
    [InlineData(262_144, "256KiB", "256KiB/s")]
    [InlineData(1_000_000, "1000000", "1000000/s")]
    [InlineData(1_048_576, "1MiB", "1MiB/s")]
    public void FormatPermits_IsASizeWhereItCanHardlyBeAnythingElse(long permits, string text, string rate) =>
        Assert.Equal((text, rate), (Sizes.FormatPermits(permits), new Rate(permits, TimeSpan.TicksPerSecond).ToText()));

    [Fact]
    public void Format_RandomBytes_ReadsBack()
    {
        var random = new Random(7);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = random.NextInt64(Limits.MaxPermits) >> random.Next(53);
            Assert.Equal(bytes, Sizes.Parse(Sizes.Format(bytes)));
        }
    }

    [Theory]
    [InlineData("256KiB/s", 262_144, 10_000_000)]
    [InlineData("1.5MB/250ms", 1_500_000, 2_500_000)]
    [InlineData("10GiB/d", 10_737_418_240, 864_000_000_000)]
    public void RateParse_OfSizes_IsExact(string text, long permits, long periodTicks)
    {
        Assert.Equal(new Rate(permits, periodTicks), Rate.Parse(text));
        Assert.True(Rate.TryParsePerSecond(text, out var same, out _));
        Assert.Equal(Rate.Parse(text), same);
    }

    [Theory]
    [InlineData("32KiB", 32_768)]
    [InlineData("100", 100)]
    public void RateParsePerSecond_WithoutPeriod_IsPerSecond(string text, long permits)
    {
        Assert.True(Rate.TryParsePerSecond(text, out var rate, out _));
        Assert.Equal(new Rate(permits, TimeSpan.TicksPerSecond), rate);
        Assert.False(Rate.TryParse(text, out _));
    }

    [Theory]
    [InlineData("0KiB/s", "'0KiB/s' has a bad size: '0KiB' is out of range; use 1B to 8192TiB.")]
    [InlineData("0.3KiB/s", "'0.3KiB/s' has a bad size: '0.3KiB' is not a size;")]
    [InlineData("1mb/s", "'1mb/s' is not a rate;")]
    [InlineData("1KiB/", "'1KiB/' has a bad period:")]
    [InlineData("fast", "'fast' is not a size;")]
    [InlineData("0", "'0' is out of range; use 1B to 8192TiB.")]
    [InlineData("", "'' is not a rate;")]
    public void RateParsePerSecond_Bad_SaysWhy(string text, string reason)
    {
        Assert.False(Rate.TryParsePerSecond(text, out _, out var error));
        Assert.StartsWith(reason, error, StringComparison.Ordinal);
    }
}
