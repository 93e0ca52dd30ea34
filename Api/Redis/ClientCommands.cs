using System.Globalization;
using System.Text;

namespace Throttle.Api.Redis;

/// <summary><c>CLIENT …</c></summary>
internal static class ClientCommands
{
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
            session.Writer.Error($"ERR unknown subcommand '{RedisText.Shown(name)}'. Try CLIENT HELP.");
        }

        return default;
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

    /// <summary>This connection alone: who else is connected is nobody's business here.</summary>
    private static string Describe(RedisSession session) => string.Create(
        CultureInfo.InvariantCulture,
        $"id={session.Id} addr={session.Remote} name={session.Name} db=0 cmd=client user=default resp={session.Writer.Protocol}\n");
}
