using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Throttle.Silo.Settings;

namespace Throttle.Silo.Hosting;

/// <summary>Sees to it, before a silo joins its cluster, that it will be able to listen.</summary>
internal static class Ports
{
    /// <summary>Opens each port for a moment.</summary>
    /// <exception cref="SiloStartException">One is in use, or may not be opened.</exception>
    public static void Check(SiloSettings settings)
    {
        Check(new IPEndPoint(settings.ListenAddress, settings.SiloPort), SettingList.SiloPort);
        if (settings.GatewayPort > 0)
        {
            Check(new IPEndPoint(settings.ListenAddress, settings.GatewayPort), SettingList.GatewayPort);
        }

        if (settings.RedisFront is { } redis)
        {
            Check(redis.EndPoint, SettingList.RedisPort);
        }

        foreach (var address in settings.Urls.Select(BindingAddress.Parse).Where(a => !a.IsUnixPipe && a.Port > 0))
        {
            Check(new IPEndPoint(AddressOf(address.Host), address.Port), SettingList.Urls);
        }
    }

    private static IPAddress AddressOf(string host) =>
        IPAddress.TryParse(host, out var address) ? address
        : string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : IPAddress.Any;

    private static void Check(IPEndPoint endpoint, Setting setting)
    {
        using var listener = new TcpListener(endpoint);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            var reason = e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "it is in use" : e.Message;
            throw new SiloStartException($"Cannot listen on {endpoint}: {reason}. Choose another with {setting.Option}.");
        }
    }
}
