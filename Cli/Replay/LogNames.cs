using System.Collections.Frozen;

namespace Throttle.Cli.Replay;

/// <summary>The attributes that the fields of known logs become.</summary>
internal static class LogNames
{
    private const string HeaderPrefix = "http_";

    private static readonly LogField At = new(PartKind.At, "");
    private static readonly LogField RoughAt = new(PartKind.RoughAt, "");
    private static readonly LogField Ip = LogField.For("ip");
    private static readonly LogField Host = LogField.For("host");
    private static readonly LogField Method = LogField.For("method");
    private static readonly LogField Target = LogField.For("path");
    private static readonly LogField DecodedPath = new(PartKind.DecodedPath, "path");
    private static readonly LogField Line = new(PartKind.Line, "");
    private static readonly LogField Bytes = LogField.For("bytes");
    private static readonly LogField User = LogField.For("user");
    private static readonly LogField Query = LogField.For("query");
    private static readonly LogField Status = LogField.For("status");
    private static readonly LogField Referer = LogField.For("referer");
    private static readonly LogField Agent = LogField.For("agent");

    /// <summary>
    /// Variables of nginx, and names that people give them in JSON. An instant with a fraction counts before one in whole seconds, and
    /// what the client wrote before what nginx made of it.
    /// </summary>
    private static readonly FrozenDictionary<string, LogField> NginxFields = new Dictionary<string, LogField>(StringComparer.OrdinalIgnoreCase)
    {
        ["msec"] = At,
        ["time_iso8601"] = RoughAt,
        ["time_local"] = RoughAt,
        ["time"] = RoughAt,
        ["timestamp"] = RoughAt,
        ["@timestamp"] = RoughAt,
        ["ts"] = RoughAt,
        ["remote_addr"] = Ip,
        ["remote_ip"] = Ip,
        ["client_ip"] = Ip,
        ["clientip"] = Ip,
        ["remote_user"] = User,
        ["user"] = User,
        ["host"] = Host,
        ["http_host"] = Host,
        ["vhost"] = Host,
        ["request"] = Line,
        ["request_method"] = Method,
        ["method"] = Method,
        ["request_uri"] = Target,
        ["url"] = Target,
        ["path"] = Target,
        ["uri"] = DecodedPath,
        ["document_uri"] = DecodedPath,
        ["args"] = Query,
        ["query_string"] = Query,
        ["status"] = Status,
        ["body_bytes_sent"] = Bytes,
        ["bytes_sent"] = Bytes,
        ["http_referer"] = Referer,
        ["http_referrer"] = Referer,
        ["referer"] = Referer,
        ["http_user_agent"] = Agent,
        ["user_agent"] = Agent,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, LogField> CloudflareFields = new Dictionary<string, LogField>(StringComparer.Ordinal)
    {
        ["EdgeStartTimestamp"] = At,
        ["EdgeEndTimestamp"] = RoughAt,
        ["ClientIP"] = Ip,
        ["ClientRequestHost"] = Host,
        ["ClientRequestMethod"] = Method,
        ["ClientRequestURI"] = Target,
        ["ClientRequestPath"] = DecodedPath,
        ["EdgeResponseStatus"] = Status,
        ["EdgeResponseBytes"] = Bytes,
        ["ClientRequestReferer"] = Referer,
        ["ClientRequestUserAgent"] = Agent,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, LogField> AlbFields = new Dictionary<string, LogField>(StringComparer.Ordinal)
    {
        ["time"] = RoughAt,
        ["client"] = Ip,
        ["elb_status_code"] = Status,
        ["sent_bytes"] = Bytes,
        ["request"] = Line,
        ["user_agent"] = Agent,
        ["request_creation_time"] = At,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Of a variable of nginx. <c>http_x_api_key</c> becomes <c>x-api-key</c>, and any other one an attribute of its own name.</summary>
    public static LogField? Nginx(string name) =>
        NginxFields.TryGetValue(name, out var field) ? field
        : name.StartsWith(HeaderPrefix, StringComparison.Ordinal) ? LogField.For(name[HeaderPrefix.Length..].Replace('_', '-'))
        : new LogField(PartKind.Text, name);

    /// <summary>Of a field of Cloudflare's dataset <c>http_requests</c>; any other one becomes an attribute of its own name.</summary>
    public static LogField? Cloudflare(string name) =>
        CloudflareFields.TryGetValue(name, out var field) ? field : new LogField(PartKind.Text, name);

    /// <summary>Of a field of an ALB's access log; null for the others.</summary>
    public static LogField? Alb(string name) => AlbFields.TryGetValue(name, out var field) ? field : null;
}
