using System.Numerics;
using Throttle.Api.Http;

namespace Throttle.Tests.Api.Http;

public sealed class WholeNumberTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("0.000", "0")]
    [InlineData("0e999999999999", "0")]
    [InlineData("42", "42")]
    [InlineData("-42", "-42")]
    [InlineData("1.0", "1")]
    [InlineData("1e3", "1000")]
    [InlineData("1E+3", "1000")]
    [InlineData("1500e-2", "15")]
    [InlineData("1.25e2", "125")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("18446744073709551615.000e0", "18446744073709551615")]
    [InlineData("1.8446744073709551615e19", "18446744073709551615")]
    public void TryParse_AnyFormOfAWholeNumber_IsExact(string text, string expected)
    {
        Assert.True(WholeNumber.TryParse(text, long.MinValue, ulong.MaxValue, out var number));
        Assert.Equal(BigInteger.Parse(expected, null), number);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\n")]
    [InlineData("+5")]
    [InlineData("007")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1e")]
    [InlineData("0x10")]
    [InlineData("1_000")]
    [InlineData("١")]
    [InlineData("0.5")]
    [InlineData("1e-1")]
    [InlineData("1e-999")]
    [InlineData("1e999")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1.00000000000000000000000000000000001")]
    [InlineData("18446744073709551616")]
    [InlineData("-9223372036854775809")]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999999")]
    public void TryParse_AnythingElse_IsNone(string text) =>
        Assert.False(WholeNumber.TryParse(text, long.MinValue, ulong.MaxValue, out _));
}
