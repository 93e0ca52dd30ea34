using System.Text;

namespace Throttle.Api.Redis;

/// <summary>What clients say about a connection before they use it.</summary>
internal static class ConnectionCommands
{
    /// <summary>The version of Redis whose clients' ways this server knows: they ask before they use what is newer.</summary>
    public const string CompatibleVersion = "7.2.0";

    private const int MaxName = 128;

    public static ValueTask PingAsync(RedisSession session)
    {
        if (session.Arguments.Count == 1)
        {
            session.Writer.Simple("PONG");
        }
        else
        {
            session.Writer.Bulk(session.Arguments[1]);
        }

        return default;
    }

    public static ValueTask EchoAsync(RedisSession session)
    {
        session.Writer.Bulk(session.Arguments[1]);
        return default;
    }

    public static ValueTask QuitAsync(RedisSession session)
    {
        session.Writer.Simple("OK");
        session.IsClosing = true;
        return default;
    }

    public static ValueTask SelectAsync(RedisSession session)
    {
        if (session.Arguments[1] is not [(byte)'0'])
        {
            throw new RedisException("ERR DB index is out of range");
        }

        session.Writer.Simple("OK");
        return default;
    }

    /// <summary><c>AUTH token</c>, or <c>AUTH user token</c> with any user name.</summary>
    public static ValueTask AuthAsync(RedisSession session)
    {
        Authenticate(session, session.Arguments.Count - 1, hasUser: session.Arguments.Count == 3);
        session.Writer.Simple("OK");
        return default;
    }

    /// <summary><c>HELLO [version [AUTH user token] [SETNAME name]]</c></summary>
    public static ValueTask HelloAsync(RedisSession session)
    {
        var arguments = session.Arguments;
        var protocol = arguments.Count == 1 ? session.Writer.Protocol : arguments[1] switch
        {
            [(byte)'2'] => 2,
            [(byte)'3'] => 3,
            _ => throw new RedisException("NOPROTO unsupported protocol version"),
        };

        string? name = null;
        var token = 0;
        for (var i = 2; i < arguments.Count;)
        {
            if (Ascii.EqualsIgnoreCase(arguments[i], "AUTH"u8) && i + 2 < arguments.Count)
            {
                (token, i) = (i + 2, i + 3);
            }
            else if (Ascii.EqualsIgnoreCase(arguments[i], "SETNAME"u8) && i + 1 < arguments.Count)
            {
                (name, i) = (ReadName(arguments[i + 1]), i + 2);
            }
            else
            {
                throw new RedisException($"ERR Syntax error in HELLO option '{RedisText.Shown(arguments[i])}'");
            }
        }

        if (token > 0)
        {
            Authenticate(session, token, hasUser: true);
        }

        session.Name = name ?? session.Name;
        session.Writer.Protocol = protocol;
        WriteHello(session);
        return default;
    }

    public static ValueTask ResetAsync(RedisSession session)
    {
        session.EndTransaction();
        (session.Name, session.IsAdmin, session.Writer.Protocol) = ("", false, 2);
        session.Writer.Simple("RESET");
        return default;
    }

    /// <summary>A name as <c>CLIENT LIST</c> can show it.</summary>
    /// <exception cref="RedisException">It cannot.</exception>
    public static string ReadName(ReadOnlySpan<byte> name) => name.Length > MaxName || name.ContainsAnyExceptInRange((byte)'!', (byte)'~')
        ? throw new RedisException("ERR Client names cannot contain spaces, newlines or special characters.")
        : Encoding.ASCII.GetString(name);

    /// <remarks>Where there is no token, every password of a named user is right, as it is for Redis' user without one.</remarks>
    private static void Authenticate(RedisSession session, int index, bool hasUser)
    {
        if (!session.Front.HasToken)
        {
            if (hasUser)
            {
                return;
            }

            throw new RedisException(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?");
        }

        session.IsAdmin = session.Front.IsToken(Encoding.UTF8.GetString(session.Arguments[index]));
        if (!session.IsAdmin)
        {
            throw new RedisException("WRONGPASS invalid username-password pair or user is disabled.");
        }
    }

    private static void WriteHello(RedisSession session)
    {
        var writer = session.Writer;
        writer.Map(7);
        writer.Bulk("server"u8);
        writer.Bulk("throttle"u8);
        writer.Bulk("version"u8);
        writer.Bulk(CompatibleVersion);
        writer.Bulk("proto"u8);
        writer.Integer(writer.Protocol);
        writer.Bulk("id"u8);
        writer.Integer(session.Id);
        writer.Bulk("mode"u8);
        writer.Bulk("standalone"u8);
        writer.Bulk("role"u8);
        writer.Bulk("master"u8);
        writer.Bulk("modules"u8);
        writer.Array(0);
    }
}
