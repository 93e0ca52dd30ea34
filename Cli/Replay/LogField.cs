namespace Throttle.Cli.Replay;

/// <summary>What becomes of a field of a recording.</summary>
/// <param name="Kind">How it is read.</param>
/// <param name="Attribute">The attribute it becomes; not used for instants, request lines and targets.</param>
internal readonly record struct LogField(PartKind Kind, string Attribute)
{
    /// <summary>The field that becomes this attribute; those that every front makes are put into their normal form.</summary>
    public static LogField For(string attribute) => new(
        attribute switch
        {
            "ip" => PartKind.Ip,
            "host" => PartKind.Host,
            "method" => PartKind.Method,
            "path" => PartKind.Target,
            "bytes" => PartKind.Bytes,
            _ => PartKind.Text,
        },
        attribute);
}
