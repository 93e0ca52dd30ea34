using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Rules;

public sealed class KeyPartTests
{
    [Theory]
    [InlineData("user", "A b ", "A b ")]
    [InlineData("user|lower", " Ärger ", " ärger ")]
    [InlineData("user|trim", " A\t", "A")]
    [InlineData("user|lower|trim", " A ", "a")]
    [InlineData("ip", "2001:DB8:0::1", "2001:db8::1")]
    [InlineData("ip", "::ffff:1.2.3.4", "1.2.3.4")]
    [InlineData("ip", "Unknown", "Unknown")]
    [InlineData("remote_address", "2001:DB8:0::1", "2001:db8::1")]
    [InlineData("client", "2001:DB8:0::1", "2001:DB8:0::1")]
    [InlineData("client/128", "2001:DB8:0::1", "2001:db8::1")]
    [InlineData("ip/64", "2001:DB8:1:2:3::4", "2001:db8:1:2::/64")]
    [InlineData("ip/64", "2001:db8:1:2::/64", "2001:db8:1:2::/64")]
    [InlineData("ip/64", "2001:DB8:1:2:3::/64", "2001:db8:1:2::/64")]
    [InlineData("ip/64", "2001:db8:1:2::/48", "2001:db8:1:2::/48")]
    [InlineData("ip/64", "1.2.3.4", "1.2.3.4")]
    [InlineData("ip/64", "::ffff:1.2.3.4", "1.2.3.4")]
    [InlineData("ip/64", "fe80::1%eth0", "fe80::/64")]
    [InlineData("ip/64", "unknown", "unknown")]
    [InlineData("ip/64", "Unknown/64", "Unknown/64")]
    [InlineData("ip/64", "", "")]
    [InlineData("ip/24", "1.2.3.4", "1.2.3.0/24")]
    [InlineData("ip/24", "1.2.3.0/24", "1.2.3.0/24")]
    [InlineData("ip/24", "::ffff:1.2.3.4", "1.2.3.0/24")]
    [InlineData("ip/24", "2001:DB8::1", "2001:db8::1")]
    [InlineData("ip/32,64", "1.2.3.4", "1.2.3.4")]
    [InlineData("ip/32,64", "1.2.3.4/32", "1.2.3.4/32")]
    [InlineData("ip/24,56", "1.2.3.4", "1.2.3.0/24")]
    [InlineData("ip/24,56", "2001:db8:0:1ff::", "2001:db8:0:100::/56")]
    [InlineData("ip/32,32", "2001:db8:1::", "2001:db8::/32")]
    [InlineData("ip/64|trim", " ::1 ", "::/64")]
    [InlineData("ip/64|lower", "Unknown", "unknown")]
    [InlineData("a\\/b|lower", "X", "x")]
    public void Normalize_Table_HoldsAndDoesNothingTwice(string text, string value, string key)
    {
        KeyPart part = text;

        Assert.Null(part.Fault);
        Assert.Equal(key, part.Normalize(value));
        Assert.Equal(key, part.Normalize(key));
    }

    [Theory]
    [InlineData("user", "user", "user")]
    [InlineData("user|lower|trim", "user", "user|trim|lower")]
    [InlineData("ip/64", "ip", "ip/64")]
    [InlineData("ip/24,56|trim", "ip", "ip/24,56|trim")]
    [InlineData("a\\/b\\|c\\,d\\\\e", "a/b|c,d\\e", "a\\/b\\|c\\,d\\\\e")]
    [InlineData("\\user", "user", "user")]
    public void Text_Part_IsReadAndWritten(string text, string attribute, string written)
    {
        KeyPart part = text;

        Assert.Equal((attribute, written), (part.Attribute, part.ToString()));
        Assert.Equal(part, new KeyPart(written));
        Assert.Equal(attribute, KeyPart.ForAttribute(attribute).Attribute);
    }

    [Theory]
    [InlineData("ip/", "has '' after a slash; use a prefix length, 1 to 32 for IPv4 and 33 to 128 for IPv6, or both such as 24,64")]
    [InlineData("ip/0", "has '0' after a slash")]
    [InlineData("ip/129", "has '129' after a slash")]
    [InlineData("ip/064", "has '064' after a slash")]
    [InlineData("ip/64,24", "has '64,24' after a slash")]
    [InlineData("ip/24,0", "has '24,0' after a slash")]
    [InlineData("ip/24,64,5", "has '24,64,5' after a slash")]
    [InlineData("ip/32, 64", "has '32, 64' after a slash")]
    [InlineData("ip/255.0.0.0", "has '255.0.0.0' after a slash")]
    [InlineData("a/b", "where the slash is part of the attribute's name write \\/")]
    [InlineData("user|upper", "has 'upper' after a bar; use trim or lower")]
    [InlineData("user|", "has '' after a bar")]
    [InlineData("|lower", "is empty")]
    [InlineData("user, ip", "holds a comma; write a list such as [user, ip]")]
    public void Text_FaultyPart_IsAFaultOfTheRule(string text, string reason)
    {
        var faults = RuleValidator.Validate([SomeRules.Rule("r") with { Key = [text] }]);

        var fault = Assert.Single(faults);
        Assert.Equal("rules[0].key", fault.Path);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_CommaThatYamlTookForItsOwn_IsAFaultThatSaysToQuote()
    {
        var fault = Assert.Single(RuleValidator.Validate([SomeRules.Rule("r") with { Key = ["ip/32", "64"] }]));

        Assert.Contains("is a number; to give two prefix lengths write \"ip/32,64\" in quotes", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ip/64", "2001:DB8::5", "2001:db8::/64")]
    [InlineData("ip/64 user|lower", "2001:DB8::5|A\\|b", "2001:db8::/64|a\\|b")]
    [InlineData("ip/64 user|lower", "2001:DB8::5", "2001:DB8::5")]
    [InlineData("a b", "X\\x|Y", "X\\x|Y")]
    [InlineData("", "X", "X")]
    public void NormalizeKey_AnySpelling_IsTheBucketsOwn(string parts, string given, string key)
    {
        var rule = SomeRules.Rule("r") with { Key = [.. parts.Split(' ', StringSplitOptions.RemoveEmptyEntries)] };

        Assert.Equal(key, rule.NormalizeKey(given));
        Assert.Equal(key, rule.NormalizeKey(key));
    }

    [Fact]
    public void KeyOf_ValuesThatAreAsTheyShouldBe_AllocatesNothing()
    {
        Rule[] rules = [.. new[] { "ip", "ip/32,128", "user", "user|trim|lower" }.Select(part => SomeRules.Rule("r") with { Key = [part] })];
        Attributes attributes = [("ip", "2001:db8::1"), ("user", "someone")];

        Assert.Equal(0, Allocations.LeastOf(() =>
        {
            foreach (var rule in rules)
            {
                rule.KeyOf(attributes);
            }
        }));
    }
}
