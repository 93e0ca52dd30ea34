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

    /// <summary>Whether it changes anything but the connection.</summary>
    public bool IsWrite { get; init; }

    /// <summary>As Redis counts: so many arguments, or where it is negative, so many or more.</summary>
    public int Arity => MinArguments == MaxArguments ? MinArguments : -MinArguments;

    public string WrongArity { get; } = $"ERR wrong number of arguments for '{Name}' command";

    public bool Takes(int arguments) => arguments >= MinArguments && arguments <= MaxArguments;
}
