using Throttle.Cli;

namespace Throttle.Tests.Cli;

public sealed class TablesTests
{
    [Theory]
    [InlineData("0", "0 s")]
    [InlineData("0.0000001", "0.0000001 s")]
    [InlineData("0.03333334", "0.0334 s")]
    [InlineData("0.1", "0.1 s")]
    [InlineData("1.5", "1.5 s")]
    [InlineData("99.91", "100 s")]
    [InlineData("999", "999 s")]
    [InlineData("999.1", "1000 s")]
    [InlineData("9607.6911287", "9610 s")]
    public void Seconds_OfAnyLength_HaveThreeDigitsAndAreNotTooShort(string seconds, string expected) =>
        Assert.Equal(expected, Tables.Seconds(decimal.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture)));
}
