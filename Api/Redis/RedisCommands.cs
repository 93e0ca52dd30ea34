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
        new("throttle.acquire", 3, Any, "Takes permits by a rule and a key, or by attributes.", RuleCommands.AcquireAsync) { IsWrite = true },
        new("throttle.peek", 3, Any, "What taking would answer, taking nothing.", RuleCommands.PeekAsync),
        new("throttle.return", 3, Any, "Gives permits back.", RuleCommands.ReturnAsync) { IsWrite = true },
        new("throttle.reset", 3, 3, "Makes a bucket new.", RuleCommands.ResetAsync) { IsWrite = true },
        new("throttle.renew", 2, 2, "Extends a lease.", RuleCommands.RenewAsync) { IsWrite = true },
        new("ping", 1, 2, "Answers.", ConnectionCommands.PingAsync),
        new("echo", 2, 2, "Answers what it was given.", ConnectionCommands.EchoAsync),
        new("auth", 2, 3, "Shows the admin token.", ConnectionCommands.AuthAsync),
        new("hello", 1, Any, "Chooses the protocol's version.", ConnectionCommands.HelloAsync),
        new("client", 2, Any, "About this connection.", ClientCommands.ClientAsync),
        new("select", 2, 2, "Chooses the only database, 0.", ConnectionCommands.SelectAsync),
        new("command", 1, Any, "About the commands.", ServerCommands.CommandAsync),
        new("info", 1, Any, "About the server.", ServerCommands.InfoAsync),
        new("config", 2, Any, "Settings that clients look for.", ServerCommands.ConfigAsync),
        new("reset", 1, 1, "Forgets what the connection said about itself.", ConnectionCommands.ResetAsync),
        new("quit", 1, Any, "Ends the connection.", ConnectionCommands.QuitAsync),
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
