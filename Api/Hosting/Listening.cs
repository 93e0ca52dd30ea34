using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Throttle.Api.Hosting;

/// <summary>Tells a server what to listen on. Addresses are told one by one, for beside endpoints of other protocols a list of them would not count.</summary>
internal static class Listening
{
    /// <summary>Listens for HTTP on an address that <see cref="NodeAddresses"/> has checked, as ASP.NET Core takes addresses.</summary>
    public static void ListenHttp(this KestrelServerOptions kestrel, string url)
    {
        var address = BindingAddress.Parse(url);
        if (address.IsUnixPipe)
        {
            kestrel.ListenUnixSocket(address.UnixPipePath);
        }
        else if (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.ListenLocalhost(address.Port);
        }
        else if (IPAddress.TryParse(address.Host, out var ip))
        {
            kestrel.Listen(ip, address.Port);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port);
        }
    }
}
