namespace Throttle.Cli.Replay;

/// <summary>The formats, by name and by the look of a line.</summary>
internal sealed class ReplayFormats
{
    /// <summary>Goes by the first line that can be read.</summary>
    public const string Auto = "auto";

    /// <summary>Common and combined log format.</summary>
    public const string Combined = "combined";

    /// <summary>The same with the host in front, as in Apache's <c>vhost_combined</c>.</summary>
    public const string VhostCombined = "vhost-combined";

    /// <summary>AWS Application Load Balancers.</summary>
    public const string Alb = "alb";

    /// <summary>Cloudflare's dataset <c>http_requests</c>, as JSON lines.</summary>
    public const string Cloudflare = "cloudflare";

    /// <summary>JSON lines with names of nginx's variables.</summary>
    public const string NginxJson = "nginx-json";

    /// <summary>JSON lines of this command's own.</summary>
    public const string JsonLines = "jsonl";

    /// <summary>The names that <c>--format</c> takes.</summary>
    public static readonly string[] Names = [Auto, Combined, VhostCombined, Alb, Cloudflare, NginxJson, JsonLines];

    private readonly IReplayFormat[] _all;

    /// <summary>All formats, for an application that reads paths like this.</summary>
    public ReplayFormats(RequestForm form)
    {
        Form = form;

        // JSON lines of this command's own come first, for they take no field that is not theirs.
        _all =
        [
            new JsonLinesFormat(),
            new AccessLogFormat(hasHost: false, form),
            new AccessLogFormat(hasHost: true, form),
            PatternFormat.Alb(form),
            new JsonFieldsFormat(Cloudflare, LogNames.Cloudflare, [], form),
            new JsonFieldsFormat(NginxJson, LogNames.Nginx, [], form),
        ];
    }

    /// <summary>How the application reads paths.</summary>
    public RequestForm Form { get; }

    /// <summary>The format of this name; null for <c>auto</c>.</summary>
    public IReplayFormat? Find(string name) => _all.FirstOrDefault(format => string.Equals(format.Name, name, StringComparison.Ordinal));

    /// <summary>The first format by which a line can be read; null for none.</summary>
    public IReplayFormat? Guess(ReadOnlySpan<byte> line)
    {
        foreach (var format in _all)
        {
            if (format.TryReadInstant(line, out _, out _))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>The format that a line looks like which cannot be read.</summary>
    public IReplayFormat Resembling(ReadOnlySpan<byte> line)
    {
        var name = line.TrimStart(" \t"u8) is not [(byte)'{', ..] ? IsAlb(line) ? Alb : Combined
            : line.IndexOf("\"Edge"u8) >= 0 ? Cloudflare
            : line.IndexOf("\"remote_addr\""u8) >= 0 || line.IndexOf("\"request\""u8) >= 0 ? NginxJson
            : JsonLines;
        return Find(name)!;
    }

    private static bool IsAlb(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)' ');
        var type = end < 0 ? default : line[..end];
        return type.SequenceEqual("http"u8) || type.SequenceEqual("https"u8) || type.SequenceEqual("h2"u8)
            || type.SequenceEqual("grpcs"u8) || type.SequenceEqual("ws"u8) || type.SequenceEqual("wss"u8);
    }
}
