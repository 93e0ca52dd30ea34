using System.Net;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;
using Throttle.Api.Envoy;
using Throttle.Api.Hosting;
using Throttle.Api.Redis;
using Throttle.Api.Replication;
using Throttle.Api.Webhooks;
using Throttle.AspNetCore.Requests;
using Throttle.Core;

namespace Throttle.Silo.Settings;

/// <summary>Makes settings out of a configuration, or lists everything that is wrong with it.</summary>
/// <param name="configuration">The values, see <see cref="SettingList"/>.</param>
/// <param name="clock">Tells the present, where a virtual clock is to start now.</param>
/// <param name="findAddress">The address of this machine that others reach; throws <see cref="InvalidSettingsException"/> when there is not exactly one.</param>
internal sealed class SettingsParser(IConfiguration configuration, TimeProvider clock, Func<IPAddress> findAddress)
{
    private const int DefaultPrimaryPort = 11_111;

    private readonly SettingReader _read = new(configuration);

    /// <summary>The settings.</summary>
    /// <param name="faults">What is wrong already, such as names that are no setting; it is listed with the rest.</param>
    /// <exception cref="InvalidSettingsException">A value is out of its range, or two do not go together; all such are listed.</exception>
    public SiloSettings Parse(params IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            _read.Add(fault);
        }

        var redis = Redis();
        var primary = Endpoint(SettingList.Primary);
        var advertised = Address(SettingList.AdvertisedAddress);
        var settings = Read(advertised ?? IPAddress.Loopback) with { Redis = redis };
        CheckTogether();
        _read.ThrowIfAny();

        // Found only once all else is right, so that a machine of several networks is told about that last.
        advertised ??= redis is null && (primary is null || IPAddress.IsLoopback(primary.Address)) ? IPAddress.Loopback : findAddress();
        CheckReach(primary, advertised);
        _read.ThrowIfAny();
        return settings with
        {
            AdvertisedAddress = advertised,

            // With a virtual clock there is no other silo, whatever this one's port.
            Primary = redis is not null ? null
                : settings.VirtualClockStart is null ? primary ?? new IPEndPoint(advertised, DefaultPrimaryPort)
                : new IPEndPoint(advertised, settings.SiloPort),
        };
    }

    private SiloSettings Read(IPAddress advertised) => new()
    {
        Urls = Addresses(),
        RedisFront = RedisFront(),
        RulesPath = _read.Given(SettingList.Rules),
        AdminToken = _read.Given(SettingList.AdminToken),
        AdminTokenFile = _read.Given(SettingList.AdminTokenFile),
        TrustedProxies = Proxies(),
        VirtualClockStart = ClockStart(),
        HasDashboard = _read.Flag(SettingList.Dashboard),
        Unmatched = Enum.Parse<UnmatchedRequests>(_read.Text(SettingList.Unmatched, text => text is "allow" or "warn" or "refuse"), ignoreCase: true),
        DrainTimeout = _read.Duration(SettingList.DrainTimeout),
        DrainDelay = _read.Duration(SettingList.DrainDelay),
        ClusterId = _read.Text(SettingList.ClusterId, IsName),
        ServiceId = _read.Text(SettingList.ServiceId, IsName),
        SiloPort = (int)_read.Number(SettingList.SiloPort),
        GatewayPort = (int)_read.Number(SettingList.GatewayPort),
        AdvertisedAddress = advertised,
        JoinTimeout = _read.Duration(SettingList.JoinTimeout),
        ProbeTimeout = _read.Duration(SettingList.ProbeTimeout),
        MissedProbes = (int)_read.Number(SettingList.MissedProbes),
        DeathVotes = (int)_read.Number(SettingList.DeathVotes),
        AliveInterval = _read.Duration(SettingList.AliveInterval),
        BatchPermits = _read.Number(SettingList.BatchPermits),
        FlushInterval = _read.Duration(SettingList.FlushInterval),
        MaxQueuedCalls = (int)_read.Number(SettingList.MaxQueuedCalls),
        AnswerTimeout = _read.Duration(SettingList.AnswerTimeout),
        Webhooks = Webhooks(),
        Replication = Replication(),
        Envoy = Envoy(),
    };

    private string[] Addresses()
    {
        var urls = _read.Text(SettingList.Urls).Split([';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var fault in NodeAddresses.FaultsOf(urls))
        {
            _read.Add($"{Named(SettingList.Urls)}: {fault}");
        }

        return urls;
    }

    private TrustedProxies Proxies()
    {
        var text = _read.Text(SettingList.TrustedProxies);
        try
        {
            return TrustedProxies.Parse(text.Split([';', ',', ' '], StringSplitOptions.RemoveEmptyEntries));
        }
        catch (FormatException)
        {
            _read.Add(SettingList.TrustedProxies.Fault(text));
            return TrustedProxies.Loopback;
        }
    }

    private WebhookOptions Webhooks() => new()
    {
        MaxDeliveries = (int)_read.Number(SettingList.MaxDeliveries),
        MaxDeliveriesPerTarget = (int)_read.Number(SettingList.MaxDeliveriesPerTarget),
        Secret = _read.Given(SettingList.WebhookSecretFile) is { } path ? Secret(path) : null,
    };

    private WebhookSecret? Secret(string path)
    {
        try
        {
            return WebhookSecret.Read(path);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            _read.Add(SettingList.WebhookSecretFile.Fault(path));
            return null;
        }
    }

    /// <summary>How it speaks Envoy's protocol; null for not at all.</summary>
    private EnvoyOptions? Envoy()
    {
        var options = new EnvoyOptions
        {
            ConfigPath = _read.Given(SettingList.EnvoyConfig) ?? "",
            MergesDomains = _read.Flag(SettingList.EnvoyMergeDomains),
            IsShadow = _read.Flag(SettingList.EnvoyShadow),
            IsQuota = _read.Flag(SettingList.EnvoyQuota),
            HasHeaders = _read.Flag(SettingList.EnvoyHeaders),
            HasMetadata = _read.Flag(SettingList.EnvoyMetadata),
            CountsAllOrNone = _read.Flag(SettingList.EnvoyAllOrNone),
        };
        return options.ConfigPath.Length > 0 ? options : null;
    }

    private static bool IsName(string text) =>
        text.Length is >= 1 and <= 100 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static string Named(Setting setting) => $"{setting.Key} ({setting.Option})";

    private static IPAddress? Resolve(string host)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return address;
        }

        try
        {
            var found = Dns.GetHostAddresses(host);
            return found.FirstOrDefault(a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork) ?? found.FirstOrDefault();
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>What may not stand together, or not alone.</summary>
    private void CheckTogether()
    {
        foreach (var flag in (FlagSetting[])[SettingList.EnvoyMergeDomains, SettingList.EnvoyShadow, SettingList.EnvoyQuota, SettingList.EnvoyHeaders, SettingList.EnvoyMetadata, SettingList.EnvoyAllOrNone])
        {
            if (_read.Given(SettingList.EnvoyConfig) is null && _read.Flag(flag))
            {
                _read.Add($"{Named(flag)} goes with {Named(SettingList.EnvoyConfig)}, which is missing.");
            }
        }

        if (_read.Given(SettingList.AdminTokenFile) is not null)
        {
            Refuse(SettingList.AdminToken, SettingList.AdminTokenFile, "there is one token");
        }

        if (_read.Given(SettingList.Redis) is not null)
        {
            Refuse(SettingList.Primary, SettingList.Redis, "with Redis there is no primary");
        }

        if (_read.Given(SettingList.VirtualClock) is not null)
        {
            Refuse(SettingList.Redis, SettingList.VirtualClock, "a virtual clock is for one silo alone");
            Refuse(SettingList.Primary, SettingList.VirtualClock, "a virtual clock is for one silo alone");
        }

        if (string.Equals(_read.Text(SettingList.SiloPort), _read.Text(SettingList.GatewayPort), StringComparison.Ordinal))
        {
            _read.Add(
                $"{Named(SettingList.SiloPort)} and {Named(SettingList.GatewayPort)} are both '{_read.Text(SettingList.SiloPort)}'; use two ports.");
        }
    }

    private void Refuse(Setting first, Setting second, string reason)
    {
        if (_read.Given(first) is not null)
        {
            _read.Add($"{Named(first)} and {Named(second)} are both given: {reason}; use one of them.");
        }
    }

    /// <summary>Whether silos here and at the primary can reach one another.</summary>
    private void CheckReach(IPEndPoint? primary, IPAddress advertised)
    {
        if (primary is not null && IPAddress.IsLoopback(primary.Address) != IPAddress.IsLoopback(advertised))
        {
            _read.Add(
                $"{Named(SettingList.Primary)} is '{primary}' and {Named(SettingList.AdvertisedAddress)} is '{advertised}': "
                + "one of them can be reached from its own machine only; use addresses of one network for both.");
        }
    }

    private ReplicationOptions? Replication()
    {
        Setting[] all = [SettingList.Region, SettingList.Peers, SettingList.PeerToken];
        var missing = all.Where(setting => _read.Given(setting) is null).Select(Named).ToArray();
        if (missing.Length == all.Length)
        {
            return null;
        }

        if (missing.Length > 0)
        {
            _read.Add($"{string.Join(", ", all.Select(Named))} go together; {string.Join(" and ", missing)} {(missing.Length == 1 ? "is" : "are")} missing.");
            return null;
        }

        var options = new ReplicationOptions
        {
            Region = _read.Text(SettingList.Region),
            Peers = _read.Text(SettingList.Peers).Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Token = _read.Text(SettingList.PeerToken),
        };
        try
        {
            options.EnsureValid();
        }
        catch (ArgumentException e)
        {
            _read.Add(Api.Hosting.Errors.WithoutParameter(e));
        }

        return options;
    }

    private ConfigurationOptions? Redis()
    {
        if (_read.Given(SettingList.Redis) is not { } text)
        {
            return null;
        }

        try
        {
            var options = ConfigurationOptions.Parse(text);
            if (options.EndPoints.Count > 0)
            {
                return options;
            }

            _read.Add($"{Named(SettingList.Redis)} names no server; use {SettingList.Redis.Range}.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Without its value: there may be a password in it.
            _read.Add($"{Named(SettingList.Redis)} cannot be read ({Api.Hosting.Errors.FirstLine(e)}); use {SettingList.Redis.Range}.");
        }

        return null;
    }

    private RedisOptions? RedisFront()
    {
        var text = _read.Text(SettingList.RedisPort);
        if (!RedisOptions.TryParse(text, out var options))
        {
            _read.Add(SettingList.RedisPort.Fault(text));
        }

        return options;
    }

    private IPEndPoint? Endpoint(Setting setting)
    {
        if (_read.Given(setting) is not { } text)
        {
            return null;
        }

        // The last colon, for an IPv6 address has more of them.
        var colon = text.LastIndexOf(':');
        if (colon > 0
            && ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port)
            && port > 0
            && Resolve(text[..colon].Trim('[', ']')) is { } address)
        {
            return new IPEndPoint(address, port);
        }

        _read.Add(setting.Fault(text));
        return null;
    }

    private IPAddress? Address(Setting setting)
    {
        if (_read.Given(setting) is not { } text)
        {
            return null;
        }

        if (Resolve(text) is { } address && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
        {
            return address;
        }

        _read.Add(setting.Fault(text));
        return null;
    }

    private DateTimeOffset? ClockStart()
    {
        if (_read.Given(SettingList.VirtualClock) is not { } text)
        {
            return null;
        }

        if (string.Equals(text, SettingList.VirtualClock.Implied, StringComparison.OrdinalIgnoreCase))
        {
            return clock.GetUtcNow();
        }

        if (Api.Clocks.ClockStart.TryParse(text, out var start))
        {
            return start.Instant;
        }

        _read.Add(SettingList.VirtualClock.Fault(text));
        return null;
    }
}
