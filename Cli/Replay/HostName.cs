namespace Throttle.Cli.Replay;

/// <summary>Names of hosts, as a server writes them that looks addresses up.</summary>
internal static class HostName
{
    private const int MaxLength = 253;

    /// <summary>Whether a text can be one: labels of letters, digits, hyphens and underscores. What looks like a faulty IPv4 address is none.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        var name = text.TrimEnd('.');
        var lastLabel = name[(name.LastIndexOf('.') + 1)..];
        return name.Length is >= 1 and <= MaxLength
            && name[0] is not ('.' or '-')
            && !name.Contains("..", StringComparison.Ordinal)
            && !name.ContainsAnyExcept(Allowed)
            && lastLabel.ContainsAnyExceptInRange('0', '9');
    }

    private static readonly System.Buffers.SearchValues<char> Allowed =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
}
