namespace Throttle.Cli.Replay;

/// <summary>What a field of a recording says about the request; it decides how the field is read.</summary>
internal enum PartKind
{
    /// <summary>Text that becomes an attribute as it is.</summary>
    Text,

    /// <summary>The client's address, perhaps with a port.</summary>
    Ip,

    /// <summary>The host that was asked, perhaps with a port.</summary>
    Host,

    /// <summary>The method.</summary>
    Method,

    /// <summary>The target as the client wrote it: a path with a query, or a whole url.</summary>
    Target,

    /// <summary>The path as the server read it, without a query and decoded; used where nothing tells the target.</summary>
    DecodedPath,

    /// <summary>A whole request line, such as <c>GET /path HTTP/1.1</c>.</summary>
    Line,

    /// <summary>A number of bytes, which is 0 where the recording has a dash.</summary>
    Bytes,

    /// <summary>The instant.</summary>
    At,

    /// <summary>The instant, used where no field of the kind <see cref="At"/> tells a better one.</summary>
    RoughAt,
}
