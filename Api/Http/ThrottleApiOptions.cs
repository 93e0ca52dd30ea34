namespace Throttle.Api.Http;

/// <summary>What the HTTP front needs beyond <c>IThrottle</c>, <c>IRules</c> and <c>TimeProvider</c>.</summary>
public sealed class ThrottleApiOptions
{
    /// <summary>
    /// The token that edits and resets must carry as <c>Authorization: Bearer …</c>. Null: none is needed, and edits are taken
    /// only from loopback addresses, under a loopback host name and not from another site's page.
    /// </summary>
    public string? AdminToken { get; set; }

    /// <summary>What is wrong with the rule file since its last good edit; null, or a null answer, when nothing is.</summary>
    public Func<Exception?>? RuleFileError { get; set; }

    /// <summary>
    /// Meters that <c>/metrics</c> shows beside the engine's, the HTTP server's and the runtime's; none by default. Their labels
    /// must not grow with the number of clients.
    /// </summary>
    public IReadOnlyList<string> MoreMeters { get; set; } = [];
}
