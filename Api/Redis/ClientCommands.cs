using System.Globalization;
using System.Text;

namespace Throttle.Api.Redis;

/// <summary><c>CLIENT …</c></summary>
internal static class ClientCommands
{
    /// <summary>What <c>CLIENT</c> takes after its name.</summary>
    public static string[] Subcommands { get; } =
    [
        "caching", "getname", "getredir", "id", "info", "list", "no-evict", "no-touch", "setinfo", "setname", "tracking", "trackinginfo",
    ];

    public static ValueTask ClientAsync(RedisSession session)
    {
        var arguments = session.Arguments;
        var name = arguments[1];
        if (Is(name, "SETNAME"u8, session, 3))
        {
            session.Name = ConnectionCommands.ReadName(arguments[2]);
            session.Writer.Simple("OK");
        }
        else if (Is(name, "GETNAME"u8, session, 2))
        {
            WriteName(session);
        }
        else if (Is(name, "ID"u8, session, 2))
        {
            session.Writer.Integer(session.Id);
        }
        else if (Ascii.EqualsIgnoreCase(name, "LIST"u8) || Is(name, "INFO"u8, session, 2))
        {
            session.Writer.Verbatim(Describe(session));
        }
        else if (Is(name, "SETINFO"u8, session, 4) || Is(name, "NO-EVICT"u8, session, 3) || Is(name, "NO-TOUCH"u8, session, 3))
        {
            session.Writer.Simple("OK");
        }
        else
        {
            Track(session, name);
        }

        return default;
    }

    /// <summary>
    /// What clients ask that keep answers: they would be told when a key changes. But buckets change by time alone, so nothing
    /// that is said of one may be kept, and nobody is told.
    /// </summary>
    private static void Track(RedisSession session, ReadOnlySpan<byte> name)
    {
        if (Is(name, "GETREDIR"u8, session, 2))
        {
            session.Writer.Integer(-1);
        }
        else if (Is(name, "TRACKINGINFO"u8, session, 2))
        {
            WriteTracking(session.Writer);
        }
        else if (Is(name, "CACHING"u8, session, 3))
        {
            throw new RedisException("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled");
        }
        else if (session.Arguments.Count < 3)
        {
            throw new RedisException("ERR wrong number of arguments for 'client|tracking' command");
        }
        else if (Ascii.EqualsIgnoreCase(session.Arguments[2], "OFF"u8))
        {
            session.Writer.Simple("OK");
        }
        else
        {
            throw new RedisException(Ascii.EqualsIgnoreCase(session.Arguments[2], "ON"u8)
                ? "ERR CLIENT TRACKING ON is not supported: buckets refill by time alone, so no answer can be cached; use OFF, or a client without client-side caching."
                : "ERR syntax error");
        }
    }

    private static void WriteTracking(RespWriter writer)
    {
        writer.Map(3);
        writer.Bulk("flags"u8);
        writer.Set(1);
        writer.Bulk("off"u8);
        writer.Bulk("redirect"u8);
        writer.Integer(-1);
        writer.Bulk("prefixes"u8);
        writer.Array(0);
    }

    private static bool Is(ReadOnlySpan<byte> given, ReadOnlySpan<byte> name, RedisSession session, int arguments)
    {
        if (!Ascii.EqualsIgnoreCase(given, name))
        {
            return false;
        }

        return session.Arguments.Count == arguments
            ? true
            : throw new RedisException($"ERR wrong number of arguments for 'client|{Encoding.ASCII.GetString(name).ToLowerInvariant()}' command");
    }

    private static void WriteName(RedisSession session)
    {
        if (session.Name.Length == 0)
        {
            session.Writer.Null();
        }
        else
        {
            session.Writer.Bulk(session.Name);
        }
    }

    /// <summary>Lists this connection only; a client does not learn about the others.</summary>
    private static string Describe(RedisSession session) => string.Create(
        CultureInfo.InvariantCulture,
        $"id={session.Id} addr={session.Remote} name={session.Name} db=0 multi={session.QueuedCount} watch={session.WatchedCount} cmd=client user=default resp={session.Writer.Protocol}\n");
}
