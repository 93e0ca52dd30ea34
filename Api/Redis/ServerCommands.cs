using System.Globalization;
using System.Text;

namespace Throttle.Api.Redis;

/// <summary>What clients ask about a server.</summary>
internal static class ServerCommands
{
    private static readonly (string Name, string Value)[] Configuration =
        [("save", ""), ("appendonly", "no"), ("databases", "1"), ("timeout", "0"), ("replica-read-only", "no")];

    private static readonly string Version = typeof(ServerCommands).Assembly.GetName().Version!.ToString(3);

    /// <summary><c>COMMAND</c>, <c>COMMAND COUNT</c>, <c>LIST</c>, <c>INFO</c> and <c>DOCS</c>.</summary>
    public static ValueTask CommandAsync(RedisSession session)
    {
        var (arguments, writer) = (session.Arguments, session.Writer);
        if (arguments.Count == 1)
        {
            WriteEach(writer, RedisCommands.All);
        }
        else if (Ascii.EqualsIgnoreCase(arguments[1], "COUNT"u8))
        {
            writer.Integer(RedisCommands.All.Length);
        }
        else if (Ascii.EqualsIgnoreCase(arguments[1], "LIST"u8))
        {
            writer.Array(RedisCommands.All.Length);
            Array.ForEach(RedisCommands.All, command => writer.Bulk(command.Name));
        }
        else if (Ascii.EqualsIgnoreCase(arguments[1], "INFO"u8))
        {
            WriteEach(writer, arguments.Count == 2 ? RedisCommands.All : Named(arguments));
        }
        else
        {
            WriteDocs(writer, arguments.Count == 2 ? RedisCommands.All : [.. Named(arguments).OfType<RedisCommand>()]);
        }

        return default;
    }

    public static ValueTask InfoAsync(RedisSession session)
    {
        var arguments = session.Arguments;
        var asked = Describe(session.Front, session.Port).Where(section => IsAsked(arguments, section.Name));
        session.Writer.Verbatim(string.Join("\r\n", asked.Select(section => $"# {section.Name}\r\n{section.Text}")));
        return default;
    }

    /// <summary><c>CONFIG GET name …</c> finds what clients look for, as it is here, and nothing can be set.</summary>
    public static ValueTask ConfigAsync(RedisSession session)
    {
        if (!Ascii.EqualsIgnoreCase(session.Arguments[1], "GET"u8))
        {
            throw new RedisException("ERR Nothing can be configured by CONFIG; settings are given when the node starts.");
        }

        var arguments = session.Arguments;
        var found = Configuration.Where(pair => IsNamed(arguments, 2, pair.Name) || IsNamed(arguments, 2, "*")).ToArray();
        session.Writer.Map(found.Length);
        foreach (var (name, value) in found)
        {
            session.Writer.Bulk(name);
            session.Writer.Bulk(value);
        }

        return default;
    }

    private static RedisCommand?[] Named(RespParser arguments)
    {
        var named = new RedisCommand?[arguments.Count - 2];
        for (var i = 0; i < named.Length; i++)
        {
            named[i] = RedisCommands.Find(arguments[i + 2]);
        }

        return named;
    }

    private static void WriteEach(RespWriter writer, RedisCommand?[] commands)
    {
        writer.Array(commands.Length);
        foreach (var command in commands)
        {
            if (command is null)
            {
                writer.Null();
            }
            else
            {
                Write(writer, command);
            }
        }
    }

    private static void Write(RespWriter writer, RedisCommand command)
    {
        var first = command.HasKey || command.HasKeys ? 1 : 0;
        writer.Array(10);
        writer.Bulk(command.Name);
        writer.Integer(command.Arity);
        writer.Set(2);
        writer.Simple(command.IsWrite ? "write" : "readonly");
        writer.Simple("fast");
        writer.Integer(first);
        writer.Integer(command.HasKeys ? -1 : first);
        writer.Integer(first);

        // Access categories, tips, specifications of keys, subcommands: none.
        for (var i = 0; i < 4; i++)
        {
            writer.Array(0);
        }
    }

    private static void WriteDocs(RespWriter writer, RedisCommand[] commands)
    {
        writer.Map(commands.Length);
        foreach (var command in commands)
        {
            writer.Bulk(command.Name);
            writer.Map(2);
            writer.Bulk("summary"u8);
            writer.Bulk(command.Summary);
            writer.Bulk("group"u8);
            writer.Bulk(command.Name.Contains("throttle", StringComparison.Ordinal) ? "throttle"u8 : "connection"u8);
        }
    }

    private static (string Name, string Text)[] Describe(RedisFront front, int port)
    {
        var uptime = (long)(TimeProvider.System.GetUtcNow() - front.StartedAt).TotalSeconds;
        return
        [
            ("Server", Lines("redis_version", ConnectionCommands.CompatibleVersion, "redis_mode", "standalone", "throttle_version", Version, "process_id", Environment.ProcessId, "tcp_port", port, "uptime_in_seconds", uptime)),
            ("Clients", Lines("connected_clients", front.Connections, "maxclients", front.Options.MaxConnections)),
            ("Stats", Lines("total_connections_received", front.Accepted, "rejected_connections", front.Rejected, "total_commands_processed", front.Commands)),
            ("Replication", Lines("role", "master", "connected_slaves", 0)),
            ("Cluster", Lines("cluster_enabled", 1)),
        ];
    }

    private static string Lines(params object[] namesAndValues) => string.Concat(
        namesAndValues.Chunk(2).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair[0]}:{pair[1]}\r\n")));

    /// <summary>Whether a section is among those that were asked for; without a name all are.</summary>
    private static bool IsAsked(RespParser arguments, string section) =>
        arguments.Count == 1
        || IsNamed(arguments, 1, section)
        || IsNamed(arguments, 1, "all")
        || IsNamed(arguments, 1, "everything")
        || IsNamed(arguments, 1, "default");

    /// <summary>Whether a name is among the arguments from a place on.</summary>
    private static bool IsNamed(RespParser arguments, int from, string name)
    {
        for (var i = from; i < arguments.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(arguments[i], name))
            {
                return true;
            }
        }

        return false;
    }
}
