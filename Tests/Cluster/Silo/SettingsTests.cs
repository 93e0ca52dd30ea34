using System.Net;
using Microsoft.Extensions.Configuration;
using Throttle.Core;
using Throttle.Core.Time;
using Throttle.Silo.Settings;

namespace Throttle.Tests.Cluster.Silo;

/// <summary>What settings may be, and what may not stand together.</summary>
public sealed class SettingsTests
{
    private static readonly IPAddress Found = IPAddress.Parse("10.0.0.7");

    public static TheoryData<string, string, bool> Boundaries
    {
        get
        {
            var data = new TheoryData<string, string, bool>();
            foreach (var setting in SettingList.All.OfType<NumberSetting>())
            {
                data.Add(setting.Key, FormattableString.Invariant($"{setting.Min - 1}"), false);
                data.Add(setting.Key, FormattableString.Invariant($"{setting.Min}"), true);
                data.Add(setting.Key, FormattableString.Invariant($"{setting.Max}"), true);
                data.Add(setting.Key, FormattableString.Invariant($"{(Int128)setting.Max + 1}"), false);
                data.Add(setting.Key, "1.5", false);
                data.Add(setting.Key, "many", false);
            }

            foreach (var setting in SettingList.All.OfType<DurationSetting>())
            {
                data.Add(setting.Key, setting.Min == TimeSpan.Zero ? "-1s" : Durations.Format(setting.Min.Ticks - 1), false);
                data.Add(setting.Key, Durations.Format(setting.Min.Ticks), true);
                data.Add(setting.Key, Durations.Format(setting.Max.Ticks), true);
                data.Add(setting.Key, Durations.Format(setting.Max.Ticks + 1), false);
                data.Add(setting.Key, "10", false);
            }

            data.Add(SettingList.RedisPort.Key, "0", true);
            data.Add(SettingList.RedisPort.Key, "65535", true);
            data.Add(SettingList.RedisPort.Key, "0.0.0.0:6380", true);
            data.Add(SettingList.RedisPort.Key, "65536", false);
            data.Add(SettingList.RedisPort.Key, "-1", false);
            data.Add(SettingList.RedisPort.Key, "redis", false);
            foreach (var name in new[] { SettingList.ClusterId.Key, SettingList.ServiceId.Key })
            {
                data.Add(name, "a", true);
                data.Add(name, new string('x', 100), true);
                data.Add(name, new string('x', 101), false);
                data.Add(name, "two words", false);
                data.Add(name, "a/b", false);
            }

            return data;
        }
    }

    [Theory]
    [InlineData("allow", UnmatchedRequests.Allow)]
    [InlineData("warn", UnmatchedRequests.Warn)]
    [InlineData("refuse", UnmatchedRequests.Refuse)]
    public void Unmatched_IsOneOfThreeWords(string text, UnmatchedRequests unmatched)
    {
        Assert.Equal(unmatched, Parse(("Unmatched", text)).Unmatched);
        Assert.Equal(
            ["Unmatched (--unmatched) is 'Warn'; use allow, warn or refuse."],
            Assert.Throws<InvalidSettingsException>(() => Parse(("Unmatched", "Warn"))).Faults);
    }

    [Fact]
    public void Envoy_FlagsWithoutAConfiguration_AreFaults()
    {
        Assert.Null(Parse().Envoy);
        var e = Assert.Throws<InvalidSettingsException>(() => Parse(("Envoy:Shadow", "true"), ("Envoy:Quota", "false"), ("Envoy:Headers", "true")));
        Assert.Equal(
        [
            "Envoy:Shadow (--envoy-shadow) goes with Envoy:Config (--envoy-config), which is missing.",
            "Envoy:Headers (--envoy-headers) goes with Envoy:Config (--envoy-config), which is missing.",
        ], e.Faults);
        var envoy = Parse(("Envoy:Config", "dir"), ("Envoy:Shadow", "true"), ("Envoy:MergeDomains", "true"), ("Envoy:AllOrNone", "true")).Envoy!;
        Assert.Equal(("dir", true, true, true, false, false, false), (envoy.ConfigPath, envoy.IsShadow, envoy.MergesDomains, envoy.CountsAllOrNone, envoy.IsQuota, envoy.HasHeaders, envoy.HasMetadata));
    }

    [Fact]
    public void Defaults_WithNothingGiven_AreThePrimaryOfThisMachine()
    {
        var settings = Parse();
        Assert.Equal(["http://127.0.0.1:8080"], settings.Urls);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 6380), settings.RedisFront?.EndPoint);
        Assert.Null(settings.RulesPath);
        Assert.Null(settings.AdminToken);
        Assert.Null(settings.VirtualClockStart);
        Assert.Null(settings.Redis);
        Assert.False(settings.HasDashboard);
        Assert.Equal(("throttle", "throttle"), (settings.ClusterId, settings.ServiceId));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 11111), settings.Endpoint);
        Assert.Equal(30000, settings.GatewayPort);
        Assert.Equal(IPAddress.Loopback, settings.ListenAddress);
        Assert.True(settings.IsPrimary, "A silo with the default ports is the primary.");
        Assert.Equal(TimeSpan.FromSeconds(30), settings.DrainTimeout);
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Value_AroundItsRange_IsTakenOnlyWithin(string key, string value, bool isGood)
    {
        // Two ports at an end of their range would be the same.
        var other = key == SettingList.SiloPort.Key ? ("Cluster:GatewayPort", "2") : ("Cluster:SiloPort", "2");
        if (isGood)
        {
            Parse((key, value), other);
            return;
        }

        var setting = SettingList.All.Single(s => s.Key == key);
        var e = Assert.Throws<InvalidSettingsException>(() => Parse((key, value), other));
        Assert.Equal($"{key} ({setting.Option}) is '{value}'; use {setting.Range}.", Assert.Single(e.Faults));
    }

    [Fact]
    public void Faults_Several_AreAllTold()
    {
        var e = Assert.Throws<InvalidSettingsException>(() => Parse(
            ("Cluster:GatewayPort", "70000"), ("Dashboard", "perhaps"), ("DrainTimeout", "soon"), ("VirtualClock", "noon"), ("Cluster:ClusterId", "?")));
        Assert.Equal(5, e.Faults.Count);
    }

    [Theory]
    [InlineData("", "127.0.0.0/8 ::1/128")]
    [InlineData("none", "none")]
    [InlineData("10.0.0.0/8;fd00::/8, 192.0.2.7", "10.0.0.0/8 fd00::/8 192.0.2.7/32")]
    public void TrustedProxies_AreRead(string text, string proxies) => Assert.Equal(proxies, Parse(("TrustedProxies", text)).TrustedProxies.ToString());

    [Fact]
    public void TrustedProxies_Faulty_AreNamed() => Assert.Equal(
        "TrustedProxies (--trusted-proxies) is '10.0.0.0/99'; use addresses and networks such as 192.168.1.7, 10.0.0.0/8 or fd00::/8, or none.",
        Assert.Single(Assert.Throws<InvalidSettingsException>(() => Parse(("TrustedProxies", "10.0.0.0/99"))).Faults));

    [Theory]
    [InlineData("Cluster:Primary", "127.0.0.1")]
    [InlineData("Cluster:Primary", "127.0.0.1:0")]
    [InlineData("Cluster:Primary", "127.0.0.1:65536")]
    [InlineData("Cluster:Primary", "no such host.invalid:1")]
    [InlineData("Cluster:AdvertisedAddress", "0.0.0.0")]
    [InlineData("Cluster:AdvertisedAddress", "::")]
    [InlineData("Cluster:AdvertisedAddress", "no such host.invalid")]
    public void Address_Faulty_IsNamed(string key, string value)
    {
        var e = Assert.Throws<InvalidSettingsException>(() => Parse((key, value)));
        Assert.StartsWith($"{key} (", Assert.Single(e.Faults), StringComparison.Ordinal);
        Assert.Contains($"is '{value}'; use ", e.Faults[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password=secret", "names no server")]
    [InlineData("10.0.0.5:6379,secret=secret", "cannot be read")]
    public void Redis_Faulty_IsToldWithoutItsPassword(string value, string text)
    {
        var e = Assert.Throws<InvalidSettingsException>(() => Parse(("Cluster:Redis", value)));
        Assert.Contains(text, Assert.Single(e.Faults), StringComparison.Ordinal);
        Assert.DoesNotContain("=secret", e.Faults[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cluster:Primary", "127.0.0.1:11111", "Cluster:Redis", "127.0.0.1:6379", "with Redis there is no primary")]
    [InlineData("Cluster:SiloPort", "30000", "Urls", "http://127.0.0.1:80", "are both '30000'; use two ports")]
    [InlineData("VirtualClock", "now", "Cluster:Redis", "127.0.0.1:6379", "a virtual clock is for one silo alone")]
    [InlineData("VirtualClock", "now", "Cluster:Primary", "127.0.0.1:11111", "a virtual clock is for one silo alone")]
    [InlineData("AdminToken", "a", "AdminTokenFile", "b", "there is one token")]
    [InlineData("Cluster:Primary", "127.0.0.1:11111", "Cluster:AdvertisedAddress", "10.0.0.8", "use addresses of one network for both")]
    [InlineData("Cluster:Primary", "10.0.0.9:11111", "Cluster:AdvertisedAddress", "127.0.0.1", "use addresses of one network for both")]
    public void Two_ThatDoNotGoTogether_AreNamed(string key, string value, string otherKey, string otherValue, string text)
    {
        var e = Assert.Throws<InvalidSettingsException>(() => Parse((key, value), (otherKey, otherValue)));
        Assert.Contains(text, Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void VirtualClock_WithAnyPort_IsForThatSiloAlone()
    {
        var settings = Parse(("VirtualClock", "now"), ("Cluster:SiloPort", "11112"));

        Assert.True(settings.IsPrimary);
        Assert.Equal(11_112, settings.Primary!.Port);
    }

    [Fact]
    public void Urls_ThatAreNone_AreListedWithEveryOtherFault()
    {
        var e = Assert.Throws<InvalidSettingsException>(() => Parse(("Urls", "ftp://x http://a/b"), ("Cluster:SiloPort", "0")));

        Assert.Equal(3, e.Faults.Count);
        Assert.Contains("urls has 'ftp://x'; use http", string.Join('\n', e.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_WithUnknownNames_ListsThemBesideWrongValues()
    {
        var parser = new SettingsParser(Configuration([("Cluster:SiloPort", "0")]), TimeProvider.System, () => Found);

        Assert.Equal(2, Assert.Throws<InvalidSettingsException>(() => parser.Parse("'Colour' is no setting")).Faults.Count);
    }

    [Theory]
    [InlineData(null, null, null, "127.0.0.1", "127.0.0.1:11111", "127.0.0.1")]
    [InlineData("127.0.0.1:7", null, null, "127.0.0.1", "127.0.0.1:7", "127.0.0.1")]
    [InlineData("10.0.0.9:7", null, null, "10.0.0.7", "10.0.0.9:7", "0.0.0.0")]
    [InlineData(null, "10.0.0.8", null, "10.0.0.8", "10.0.0.8:11111", "0.0.0.0")]
    [InlineData(null, "fd00::8", null, "fd00::8", "[fd00::8]:11111", "::")]
    [InlineData(null, null, "10.0.0.5:6379", "10.0.0.7", null, "0.0.0.0")]
    [InlineData(null, "127.0.0.1", "10.0.0.5:6379", "127.0.0.1", null, "127.0.0.1")]
    public void Address_WithAndWithoutPrimaryAndRedis_IsWhereTheOthersReachIt(
        string? primary, string? advertised, string? redis, string expected, string? expectedPrimary, string listensOn)
    {
        var settings = Parse(("Cluster:Primary", primary), ("Cluster:AdvertisedAddress", advertised), ("Cluster:Redis", redis));
        Assert.Equal(expected, settings.AdvertisedAddress.ToString());
        Assert.Equal(expectedPrimary, settings.Primary?.ToString());
        Assert.Equal(listensOn, settings.ListenAddress.ToString());
    }

    [Theory]
    [InlineData("now", "2026-03-01T00:00:00Z")]
    [InlineData("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z")]
    [InlineData("2026-01-01", "2026-01-01T00:00:00Z")]
    [InlineData("0.5", "1970-01-01T00:00:00.5Z")]
    public void VirtualClock_InEachForm_StartsThen(string text, string expected)
    {
        var clock = new VirtualTimeProvider(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        var settings = new SettingsParser(Configuration([("VirtualClock", text)]), clock, () => Found).Parse();
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), settings.VirtualClockStart);
    }

    [Fact]
    public void Urls_Several_StandApartBySemicolonOrSpace() =>
        Assert.Equal(["http://a:1", "http://b:2", "http://c:3"], Parse(("Urls", "http://a:1;http://b:2 http://c:3;")).Urls);

    [Fact]
    public void Region_WithPeersAndToken_IsShared()
    {
        Assert.Null(Parse().Replication);
        var replication = Parse(("Region", "eu"), ("Peers", "https://us.example.com,http://ap:1; http://sa"), ("PeerToken", "s3cret")).Replication!;
        Assert.Equal(("eu", "s3cret"), (replication.Region, replication.Token));
        Assert.Equal(["https://us.example.com", "http://ap:1", "http://sa"], replication.Peers);
    }

    [Theory]
    [InlineData("eu", null, "t", "go together; Peers (--peers) is missing.")]
    [InlineData("eu", null, null, "Peers (--peers) and PeerToken (--peer-token) are missing.")]
    [InlineData("EU", "http://us", "t", "the region is 'EU'")]
    [InlineData("eu", "ftp://us", "t", "a peer is 'ftp://us'")]
    [InlineData("eu", "http://us http://us/", "t", "'http://us/' is there twice")]
    [InlineData("eu", "http://us", "two words", "The peer token")]
    public void Region_Faulty_IsNamed(string region, string? peers, string? token, string text)
    {
        var e = Assert.Throws<InvalidSettingsException>(() => Parse(("Region", region), ("Peers", peers), ("PeerToken", token)));
        Assert.Contains(text, Assert.Single(e.Faults), StringComparison.Ordinal);
        Assert.DoesNotContain("two words", e.Faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public void OwnAddress_OfTheNetworkThatLeadsOut_IsChosen() =>
        Assert.Equal("10.0.0.7", OwnAddress.Choose([Network(false, "172.17.0.1"), Network(true, "10.0.0.7", "fe80::1", "fd00::7")]).ToString());

    [Fact]
    public void OwnAddress_NoGatewayAnywhere_IsTheOnlyOne() =>
        Assert.Equal("10.0.0.7", OwnAddress.Choose([Network(false, "169.254.0.1"), Network(false, "10.0.0.7")]).ToString());

    [Fact]
    public void OwnAddress_OnlyIPv6_IsThat() =>
        Assert.Equal("fd00::7", OwnAddress.Choose([Network(true, "fe80::1", "fd00::7")]).ToString());

    [Theory]
    [InlineData("has no address that others can reach")]
    [InlineData("use the one of these that the others reach: 10.0.0.7, 10.1.0.7.", "10.0.0.7", "10.1.0.7")]
    public void OwnAddress_NoneOrSeveral_IsAFault(string text, params string[] addresses)
    {
        var e = Assert.Throws<InvalidSettingsException>(() => OwnAddress.Choose([Network(true, addresses)]));
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("Cluster:AdvertisedAddress (--advertised-address) is not given", e.Message, StringComparison.Ordinal);
    }

    private static OwnAddress.Network Network(bool leadsOut, params string[] addresses) => new(leadsOut, [.. addresses.Select(IPAddress.Parse)]);

    private static SiloSettings Parse(params (string Key, string? Value)[] given) =>
        new SettingsParser(Configuration(given), TimeProvider.System, () => Found).Parse();

    private static IConfiguration Configuration((string Key, string? Value)[] given) =>
        new ConfigurationBuilder().AddInMemoryCollection(given.Select(g => KeyValuePair.Create(g.Key, g.Value))).Build();
}
