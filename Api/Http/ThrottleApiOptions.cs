using Throttle.AspNetCore.Requests;

namespace Throttle.Api.Http;

/// <summary>What the HTTP front needs beyond <c>IThrottle</c> and <c>IRules</c>.</summary>
public sealed class ThrottleApiOptions
{
    /// <summary>
    /// The token that edits and resets must carry as <c>Authorization: Bearer …</c>. Null: none is needed, and edits are taken
    /// only from loopback addresses, under a loopback host name and not from another site's page.
    /// </summary>
    public string? AdminToken
    {
        get;
        set => (field, Bearer) = (value, value is { Length: > 0 } ? new(value) : null);
    }

    /// <summary>
    /// What the buckets go by, the machine's clock by default. Not the host's <c>TimeProvider</c>: a virtual one, which stands
    /// still, would stop whatever else of the host waits by that.
    /// </summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Whose word about a client is believed where they ask for it, see <c>/v1/forward-auth</c>; proxies on this machine by default.</summary>
    public TrustedProxies TrustedProxies { get; set; } = TrustedProxies.Loopback;

    /// <summary>Gives the fault of a bad edit of the rule file; null, or a null answer, while the file is good.</summary>
    public Func<Exception?>? RuleFileError { get; set; }

    /// <summary>Gives the path of the former rule file's copy, where the last edit could not keep its comments; null, or a null answer, where it kept them.</summary>
    public Func<string?>? RuleFileKept { get; set; }

    /// <summary>The admin token, ready to be compared; null for none. It may be replaced while the node runs.</summary>
    internal BearerToken? Bearer { get; private set; }

    /// <summary>
    /// Meters that <c>/metrics</c> shows beside the engine's, the HTTP server's and the runtime's; none by default. Their labels
    /// must not grow with the number of clients.
    /// </summary>
    public IReadOnlyList<string> MoreMeters { get; set; } = [];
}
