using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Throttle.Tests.Api.Redis;

/// <summary>A connection that sends what it is told, byte for byte, and reads replies.</summary>
internal sealed class RedisClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TcpClient _tcp = new();
    private readonly BufferedStream _input;

    public RedisClient(IPEndPoint endPoint)
    {
        _tcp.Connect(endPoint);
        _tcp.NoDelay = true;
        _tcp.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        _input = new BufferedStream(_tcp.GetStream());
    }

    public Socket Socket => _tcp.Client;

    /// <summary>Sends a command as clients do, and reads its reply, see <see cref="Read"/>.</summary>
    public string Ask(params string[] arguments)
    {
        Send(Command(arguments));
        return Read();
    }

    /// <summary>A command as clients send it.</summary>
    public static string Command(params string[] arguments) => string.Create(
        CultureInfo.InvariantCulture,
        $"*{arguments.Length}\r\n{string.Concat(arguments.Select(a => string.Create(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(a)}\r\n{a}\r\n")))}");

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public void Send(ReadOnlySpan<byte> bytes) => _tcp.GetStream().Write(bytes);

    /// <summary>
    /// Reads a reply: numbers and texts as they are, an error as it is, a null as <c>null</c>, several with commas between, and in
    /// RESP3 maps in braces.
    /// </summary>
    public string Read()
    {
        var line = ReadLine();
        return line[0] switch
        {
            '+' or ':' or '-' => line[1..],
            '_' => "null",
            '$' or '=' => ReadBulk(Number(line)),
            '*' or '~' => ReadMany(Number(line)),
            '%' => "{" + ReadMany(2 * Number(line)) + "}",
            _ => throw new InvalidDataException($"'{line}' is no reply."),
        };
    }

    /// <summary>Whether the server has ended the connection, which is waited for; it may have cut it.</summary>
    public bool IsEnded()
    {
        try
        {
            return _input.ReadByte() < 0;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: not SocketError.TimedOut })
        {
            return true;
        }
    }

    public void Dispose()
    {
        _input.Dispose();
        _tcp.Dispose();
    }

    private static int Number(string line) => int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);

    private string ReadMany(int count) => count < 0 ? "null" : string.Join(',', Enumerable.Range(0, count).Select(_ => Read()));

    private string ReadBulk(int length)
    {
        if (length < 0)
        {
            return "null";
        }

        var bytes = new byte[length + 2];
        _input.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private string ReadLine()
    {
        var line = new List<byte>();
        while (line is not [.., (byte)'\r', (byte)'\n'])
        {
            var next = _input.ReadByte();
            Assert.True(next >= 0, $"The server ended the connection; before that it sent '{Encoding.UTF8.GetString([.. line])}'.");
            line.Add((byte)next);
        }

        return Encoding.UTF8.GetString([.. line[..^2]]);
    }
}
