using System.Text;

namespace Throttle.Api.Redis;

/// <summary>Every command, by name.</summary>
internal static class RedisCommands
{
    private const int Any = RespLimits.MaxArguments;
    private const int MaxShown = 128;

    /// <summary>All of them; the busiest first, for they are looked for in order.</summary>
    public static RedisCommand[] All { get; } =
    [
        new("cl.throttle", 5, 6, "Takes permits of a limit that comes with the command, as redis-cell does.", RateCommands.CellAsync)
        {
            IsRate = true, HasKey = true, IsWrite = true,
        },
        new("throttle", 5, 6, "Takes permits of a limit that comes with the command, as throttlecrab does.", RateCommands.CrabAsync)
        {
            IsRate = true, HasKey = true, IsWrite = true,
        },
        new("gcra", 5, 7, "Takes permits of a limit that comes with the command, as the GCRA command of Redis does.", RateCommands.GcraAsync)
        {
            IsRate = true, HasKey = true, IsWrite = true,
        },
        new("rl.throttle", 5, 6, "Takes permits of a limit that comes with the command, as cl.throttle does.", RateCommands.CellAsync)
        {
            IsRate = true, HasKey = true, IsWrite = true,
        },
        new("throttle.acquire", 3, Any, "Takes permits by a rule and a key, or by attributes.", RuleCommands.AcquireAsync) { IsWrite = true },
        new("throttle.peek", 3, Any, "What taking would answer, taking nothing.", RuleCommands.PeekAsync),
        new("throttle.return", 3, Any, "Gives permits back.", RuleCommands.ReturnAsync) { IsWrite = true, IsGuarded = true, HasProof = RuleCommands.NamesLease },
        new("throttle.reset", 3, 3, "Makes a bucket new.", RuleCommands.ResetAsync) { IsWrite = true, IsGuarded = true },
        new("throttle.renew", 2, 2, "Extends a lease.", RuleCommands.RenewAsync) { IsWrite = true },
        new("multi", 1, 1, "Begins a transaction.", TransactionCommands.MultiAsync) { IsNeverQueued = true },
        new("exec", 1, 1, "Does the commands of a transaction.", TransactionCommands.ExecAsync) { IsNeverQueued = true },
        new("discard", 1, 1, "Forgets the commands of a transaction.", TransactionCommands.DiscardAsync) { IsNeverQueued = true },
        new("watch", 2, Any, "Does the next transaction only if these keys stay as they are.", TransactionCommands.WatchAsync)
        {
            HasKeys = true, IsNeverQueued = true,
        },
        new("unwatch", 1, 1, "Forgets the keys that are watched.", TransactionCommands.UnwatchAsync),
        new("del", 2, Any, "Makes the buckets of keys new.", KeyCommands.DeleteAsync) { HasKeys = true, IsWrite = true, IsGuarded = true },
        new("unlink", 2, Any, "Makes the buckets of keys new.", KeyCommands.DeleteAsync) { HasKeys = true, IsWrite = true, IsGuarded = true },
        new("exists", 2, Any, "How many of the keys owe something.", KeyCommands.ExistsAsync) { HasKeys = true },
        new("ttl", 2, 2, "Seconds until a key owes nothing.", KeyCommands.TtlAsync) { HasKey = true },
        new("pttl", 2, 2, "Milliseconds until a key owes nothing.", KeyCommands.PttlAsync) { HasKey = true },
        new("type", 2, 2, "Whether a key owes something.", KeyCommands.TypeAsync) { HasKey = true },
        new("ping", 1, 2, "Answers.", ConnectionCommands.PingAsync),
        new("echo", 2, 2, "Answers what it was given.", ConnectionCommands.EchoAsync),
        new("auth", 2, 3, "Shows the admin token.", ConnectionCommands.AuthAsync),
        new("hello", 1, Any, "Chooses the protocol's version.", ConnectionCommands.HelloAsync),
        new("client", 2, Any, "About this connection.", ClientCommands.ClientAsync) { Subcommands = ClientCommands.Subcommands },
        new("cluster", 2, Any, "About the cluster, of which this is the only node.", ClusterCommands.ClusterAsync) { Subcommands = ClusterCommands.Subcommands },
        new("readonly", 1, 1, "Answers.", ClusterCommands.OkAsync),
        new("readwrite", 1, 1, "Answers.", ClusterCommands.OkAsync),
        new("asking", 1, 1, "Answers.", ClusterCommands.OkAsync),
        new("select", 2, 2, "Chooses the only database, 0.", ConnectionCommands.SelectAsync),
        new("command", 1, Any, "About the commands.", ServerCommands.CommandAsync) { Subcommands = ["count", "docs", "info", "list"] },
        new("info", 1, Any, "About the server.", ServerCommands.InfoAsync),
        new("config", 2, Any, "Settings that clients look for.", ServerCommands.ConfigAsync),
        new("reset", 1, 1, "Forgets what the connection said about itself.", ConnectionCommands.ResetAsync) { IsNeverQueued = true },
        new("quit", 1, Any, "Ends the connection.", ConnectionCommands.QuitAsync) { IsNeverQueued = true },
    ];

    /// <summary>A command by its name in any case, or null.</summary>
    public static RedisCommand? Find(ReadOnlySpan<byte> name)
    {
        foreach (var command in All)
        {
            if (command.Name.Length == name.Length && Ascii.EqualsIgnoreCase(name, command.Name))
            {
                return command;
            }
        }

        return null;
    }

    /// <summary>What Redis says to a command that it does not know.</summary>
    public static string Unknown(RespParser arguments)
    {
        var shown = new StringBuilder();
        for (var i = 1; i < arguments.Count && shown.Length < MaxShown; i++)
        {
            shown.Append('\'').Append(RedisText.Shown(arguments[i])).Append("' ");
        }

        return $"ERR unknown command '{RedisText.Shown(arguments[0])}', with args beginning with: {shown}";
    }
}
