using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Throttle.Silo.Settings;

/// <summary>Finds the address of this machine that other machines reach.</summary>
internal static class OwnAddress
{
    /// <summary>
    /// The only IPv4 address, or where there is none the only IPv6 address, of a network that leads out: one with a gateway,
    /// where any has one.
    /// </summary>
    /// <exception cref="InvalidSettingsException">There is none, or there are several.</exception>
    public static IPAddress Find()
    {
        var networks = NetworkInterface.GetAllNetworkInterfaces()
            .Where(n => n.OperationalStatus == OperationalStatus.Up && n.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .Select(n => n.GetIPProperties())
            .Select(n => new Network(
                n.GatewayAddresses.Any(g => !g.Address.Equals(IPAddress.Any) && !g.Address.Equals(IPAddress.IPv6Any)),
                [.. n.UnicastAddresses.Select(a => a.Address)]))
            .ToList();
        return Choose(networks);
    }

    /// <summary>As <see cref="Find"/>, among these networks.</summary>
    public static IPAddress Choose(IReadOnlyList<Network> networks)
    {
        var leading = networks.Any(n => n.LeadsOut) ? networks.Where(n => n.LeadsOut) : networks;
        var usable = leading.SelectMany(n => n.Addresses).Where(IsUsable).Distinct().ToList();
        var found = usable.Where(a => a.AddressFamily == AddressFamily.InterNetwork).ToList();
        found = found.Count > 0 ? found : usable;
        var setting = SettingList.AdvertisedAddress;
        return found.Count switch
        {
            1 => found[0],
            0 => throw new InvalidSettingsException(
                [$"{setting.Key} ({setting.Option}) is not given, and this machine has no address that others can reach; use {setting.Range}."]),
            _ => throw new InvalidSettingsException(
                [$"{setting.Key} ({setting.Option}) is not given, and this machine has several addresses; use the one of these that the others reach: {string.Join(", ", found)}."]),
        };
    }

    private static bool IsUsable(IPAddress address) =>
        !IPAddress.IsLoopback(address)
        && !address.IsIPv6LinkLocal
        && !(address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);

    /// <summary>A network that this machine is in.</summary>
    /// <param name="LeadsOut">Whether it has a gateway.</param>
    /// <param name="Addresses">This machine's addresses in it.</param>
    public sealed record Network(bool LeadsOut, IReadOnlyList<IPAddress> Addresses);
}
