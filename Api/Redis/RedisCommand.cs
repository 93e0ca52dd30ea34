using System.Text;

namespace Throttle.Api.Redis;

/// <summary>A command of this server's.</summary>
/// <param name="Name">In lower case, as Redis names commands.</param>
/// <param name="MinArguments">The fewest arguments, its name included.</param>
/// <param name="MaxArguments">The most.</param>
/// <param name="Summary">What it does, for <c>COMMAND DOCS</c>.</param>
/// <param name="Run">Does it; its arguments are as many as it takes. Everything it needs of them is read before it waits.</param>
internal sealed record RedisCommand(
    string Name, int MinArguments, int MaxArguments, string Summary, Func<RedisSession, ValueTask> Run)
{
    /// <summary>Whether its limit comes with it, so that many can be asked together.</summary>
    public bool IsRate { get; init; }

    /// <summary>Whether its first argument is a key, by which a proxy may pick a node.</summary>
    public bool HasKey { get; init; }

    /// <summary>Whether all its arguments are keys.</summary>
    public bool HasKeys { get; init; }

    /// <summary>Whether it is done at once inside a transaction, too, instead of being queued.</summary>
    public bool IsNeverQueued { get; init; }

    /// <summary>Whether it needs the admin token, where there is one: it changes what others have.</summary>
    public bool IsGuarded { get; init; }

    /// <summary>Whether the arguments of a guarded command prove the right to it, so that it needs no token; null where none do.</summary>
    public Func<RespParser, bool>? HasProof { get; init; }

    /// <summary>In lower case, what its first argument may be beside <c>help</c>; empty where that is nothing fixed.</summary>
    public string[] Subcommands { get; init; } = [];

    /// <summary>Whether it changes anything but the connection.</summary>
    public bool IsWrite { get; init; }

    /// <summary>As Redis counts: so many arguments, or where it is negative, so many or more.</summary>
    public int Arity => MinArguments == MaxArguments ? MinArguments : -MinArguments;

    public string WrongArity { get; } = $"ERR wrong number of arguments for '{Name}' command";

    public bool Takes(int arguments) => arguments >= MinArguments && arguments <= MaxArguments;

    /// <summary>Whether the arguments are so many, and begin with a subcommand where there are such.</summary>
    /// <returns>What Redis says of it where not, or null.</returns>
    public string? FaultOf(RespParser arguments)
    {
        if (!Takes(arguments.Count))
        {
            return WrongArity;
        }

        return Subcommands.Length == 0 || arguments.Count == 1 || IsHelp(arguments) || IsAmong(Subcommands, arguments[1])
            ? null
            : $"ERR unknown subcommand '{RedisText.Shown(arguments[1])}'. Try {Name.ToUpperInvariant()} HELP.";
    }

    /// <summary>Whether its subcommands are asked for.</summary>
    public bool IsHelp(RespParser arguments) =>
        Subcommands.Length > 0 && arguments.Count == 2 && Ascii.EqualsIgnoreCase(arguments[1], "HELP"u8);

    private static bool IsAmong(string[] names, ReadOnlySpan<byte> given)
    {
        foreach (var name in names)
        {
            if (Ascii.EqualsIgnoreCase(given, name))
            {
                return true;
            }
        }

        return false;
    }
}
