using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Throttle.Tests.Contracts;

/// <summary>HTTP requests byte by byte, which a client that minds its manners would not send.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request to a port of this machine and reads the answer to its end.</summary>
    /// <param name="port">The port.</param>
    /// <param name="requestLine">The request line without the protocol.</param>
    /// <param name="fields">Header fields, as lines.</param>
    /// <returns>The status, and the answer's whole text.</returns>
    public static async Task<(int Status, string Text)> SendAsync(int port, string requestLine, params IEnumerable<string> fields)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port);
        var request = $"{requestLine} HTTP/1.1\r\n{string.Concat(fields.Select(field => field + "\r\n"))}Connection: close\r\n\r\n";
        await connection.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request));
        using var reader = new StreamReader(connection.GetStream());
        var text = await reader.ReadToEndAsync();
        return (int.Parse(text.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), text);
    }
}
