using System.Net;
using System.Net.Sockets;

namespace Throttle.Tests.Contracts;

/// <summary>
/// Ports on 127.0.0.1 for servers that tests start. They lie below those that the system gives to outgoing connections, so that
/// no connection takes one before its server listens.
/// </summary>
internal static class FreePorts
{
    private const int First = 10_000;
    private const int Count = 20_000;

    // Suites run side by side: each process begins elsewhere, and gives no port twice.
    private static int _given = Environment.ProcessId * 397 % Count;

    /// <summary>A port on which nobody listens.</summary>
    public static int Take()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _given) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"None of the ports {First} to {First + Count - 1} is free.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
