using System.Globalization;
using System.Text;

namespace Throttle.Api.Redis;

/// <summary>
/// <c>CLUSTER …</c> and what belongs to it: every node answers as a cluster of which it is the only one and has all slots, for
/// every node answers for every key.
/// </summary>
internal static class ClusterCommands
{
    private const int LastSlot = KeySlot.Count - 1;

    private static readonly string Info = string.Concat(
        "cluster_state:ok\r\n",
        string.Create(CultureInfo.InvariantCulture, $"cluster_slots_assigned:{KeySlot.Count}\r\ncluster_slots_ok:{KeySlot.Count}\r\n"),
        "cluster_slots_pfail:0\r\ncluster_slots_fail:0\r\ncluster_known_nodes:1\r\ncluster_size:1\r\ncluster_current_epoch:1\r\n",
        "cluster_my_epoch:1\r\ncluster_stats_messages_sent:0\r\ncluster_stats_messages_received:0\r\n");

    /// <summary>The subcommands and how many arguments each takes, both names included.</summary>
    private static readonly (string Name, int Arguments, Action<RedisSession> Run)[] Each =
    [
        ("countkeysinslot", 3, CountKeysInSlot),
        ("getkeysinslot", 4, GetKeysInSlot),
        ("info", 2, session => session.Writer.Verbatim(Info)),
        ("keyslot", 3, session => session.Writer.Integer(KeySlot.Of(session.Arguments[2]))),
        ("links", 2, session => session.Writer.Array(0)),
        ("myid", 2, session => session.Writer.Bulk(session.Front.NodeId)),
        ("myshardid", 2, session => session.Writer.Bulk(session.Front.NodeId)),
        ("nodes", 2, session => session.Writer.Verbatim(Describe(session))),
        ("replicas", 3, WriteReplicas),
        ("shards", 2, WriteShards),
        ("slaves", 3, WriteReplicas),
        ("slots", 2, WriteSlots),
    ];

    /// <summary>What <c>CLUSTER</c> takes after its name.</summary>
    public static string[] Subcommands { get; } = Array.ConvertAll(Each, each => each.Name);

    public static ValueTask ClusterAsync(RedisSession session)
    {
        var name = Encoding.ASCII.GetString(session.Arguments[1]);
        var (found, arguments, run) = Array.Find(Each, each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (session.Arguments.Count != arguments)
        {
            throw new RedisException($"ERR wrong number of arguments for 'cluster|{found}' command");
        }

        run(session);
        return default;
    }

    /// <summary><c>READONLY</c>, <c>READWRITE</c> and <c>ASKING</c>: there is no replica to read from, and no slot that moves.</summary>
    public static ValueTask OkAsync(RedisSession session)
    {
        session.Writer.Simple("OK");
        return default;
    }

    private static string Describe(RedisSession session) => string.Create(
        CultureInfo.InvariantCulture,
        $"{session.Front.NodeId} {session.Host}:{session.Port}@0 myself,master - 0 0 1 connected 0-{LastSlot}\n");

    private static void WriteSlots(RedisSession session)
    {
        var writer = session.Writer;
        writer.Array(1);
        writer.Array(3);
        writer.Integer(0);
        writer.Integer(LastSlot);
        writer.Array(4);
        writer.Bulk(session.Host);
        writer.Integer(session.Port);
        writer.Bulk(session.Front.NodeId);
        writer.Array(0);
    }

    private static void WriteShards(RedisSession session)
    {
        var writer = session.Writer;
        writer.Array(1);
        writer.Map(2);
        writer.Bulk("slots"u8);
        writer.Array(2);
        writer.Integer(0);
        writer.Integer(LastSlot);
        writer.Bulk("nodes"u8);
        writer.Array(1);
        writer.Map(7);
        writer.Bulk("id"u8);
        writer.Bulk(session.Front.NodeId);
        writer.Bulk("port"u8);
        writer.Integer(session.Port);
        writer.Bulk("ip"u8);
        writer.Bulk(session.Host);
        writer.Bulk("endpoint"u8);
        writer.Bulk(session.Host);
        writer.Bulk("role"u8);
        writer.Bulk("master"u8);
        writer.Bulk("replication-offset"u8);
        writer.Integer(0);
        writer.Bulk("health"u8);
        writer.Bulk("online"u8);
    }

    private static void WriteReplicas(RedisSession session)
    {
        if (!Ascii.EqualsIgnoreCase(session.Arguments[2], session.Front.NodeId))
        {
            throw new RedisException($"ERR Unknown node {RedisText.Shown(session.Arguments[2])}");
        }

        session.Writer.Array(0);
    }

    /// <remarks>None, whatever buckets there are: those who ask want to move keys to another node, and there is nothing to move.</remarks>
    private static void CountKeysInSlot(RedisSession session)
    {
        CheckSlot(session);
        session.Writer.Integer(0);
    }

    private static void GetKeysInSlot(RedisSession session)
    {
        CheckSlot(session);
        RedisNumber.Read(session.Arguments[3], "count", 0, int.MaxValue);
        session.Writer.Array(0);
    }

    private static void CheckSlot(RedisSession session)
    {
        var argument = session.Arguments[2];
        if (RedisNumber.TryRead(argument, long.MinValue, long.MaxValue, out var slot) && slot is < 0 or > LastSlot)
        {
            throw new RedisException("ERR Invalid slot");
        }

        RedisNumber.Read(argument, "slot", 0, LastSlot);
    }
}
