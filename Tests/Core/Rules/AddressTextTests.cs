using System.Net;
using Throttle.Core;

namespace Throttle.Tests.Core.Rules;

public sealed class AddressTextTests
{
    [Theory]
    [InlineData("2001:DB8::1", "2001:db8::1")]
    [InlineData("2001:db8:0:0::1", "2001:db8::1")]
    [InlineData("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1")]
    [InlineData("2001:db8::1%eth0", "2001:db8::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    [InlineData("1:0:0:2:0:0:3:4", "1::2:0:0:3:4")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("0::1", "::1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4")]
    [InlineData("::FFFF:102:304", "1.2.3.4")]
    [InlineData("0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4")]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304")]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("01.2.3.4", "01.2.3.4")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("::1 ", "::1 ")]
    [InlineData("1.2.3.4:80", "1.2.3.4:80")]
    [InlineData("a:B", "a:B")]
    [InlineData("", "")]
    public void Canonicalize_Table_Holds(string text, string spelled)
    {
        Assert.Equal(spelled, AddressText.Canonicalize(text));
        Assert.Same(spelled, AddressText.Canonicalize(spelled));
    }

    [Theory]
    [InlineData("::ffff:1.2.3.4", "1.2.3.4")]
    [InlineData("fe80::1%3", "fe80::1")]
    [InlineData("2001:DB8::", "2001:db8::")]
    public void Canonicalize_AddressAsNetWritesIt_IsSpelledTheSame(string text, string spelled) =>
        Assert.Equal(spelled, AddressText.Canonicalize(IPAddress.Parse(text).ToString()));

    [Fact]
    public void Canonicalize_SpelledAlready_AllocatesNothing()
    {
        string[] texts = ["1.2.3.4", "2001:db8::1", "fe80::1:2:3:4", "someone:else"];

        Assert.Equal(0, Allocations.LeastOf(() =>
        {
            foreach (var text in texts)
            {
                AddressText.Canonicalize(text);
            }
        }));
    }
}
