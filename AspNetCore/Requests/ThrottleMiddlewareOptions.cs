using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Throttle.AspNetCore.Answers;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Requests;

/// <summary>What the middleware makes of a request, and of an answer.</summary>
public sealed class ThrottleMiddlewareOptions
{
    /// <summary>The longest that a request may wait for its turn; more makes no sense for somebody who waits for an answer.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Whose <c>X-Forwarded-For</c> or <c>Forwarded</c> is believed; nobody's by default.</summary>
    public TrustedProxies Proxies { get; set; } = TrustedProxies.None;

    /// <summary>
    /// The fields that those proxies write. By default <c>Forwarded</c> is read where there is no <c>X-Forwarded-…</c>. Choose
    /// <see cref="ProxyFields.Forwarded"/> where the proxies write only that and pass <c>X-Forwarded-For</c> on as clients send it.
    /// </summary>
    public ProxyFields ProxyFields { get; set; }

    /// <summary>Headers that become attributes under their names in lower case; none by default. Several values stand apart by commas.</summary>
    public IList<string> Headers { get; } = [];

    /// <summary>Whom the request was authenticated as; by default the identity's name, or else its identifier. Null for no attribute.</summary>
    public Func<HttpContext, string?> User { get; set; } = UserOf;

    /// <summary>More attributes; where they have the name of one of the others, they count. Null for none.</summary>
    public Func<HttpContext, IEnumerable<(string Name, string Value)>>? Attributes { get; set; }

    /// <summary>
    /// Whether <c>/LOGIN</c> is <c>/login</c> to rules and keys, as it is to routing; true by default. The attribute <c>path</c> is then in
    /// lower case, and patterns for it may be in any.
    /// </summary>
    public bool IgnoresPathCase { get; set; } = true;

    /// <summary>
    /// Whether <c>/login/</c> is <c>/login</c> to rules and keys, as it is to routing; true by default. The attribute <c>path</c> then
    /// has no slash at its end, except <c>/</c> itself, and the pattern <c>/api/**</c> also matches <c>/api</c>.
    /// </summary>
    public bool IgnoresLastSlash { get; set; } = true;

    /// <summary>Units that a request asks for, 0 to <see cref="Core.Limiters.Limits.MaxPermits"/>; each rule multiplies them by its cost. 1 by default.</summary>
    public Func<HttpContext, long> Cost { get; set; } = _ => 1;

    /// <summary>How long a request may wait for its turn, zero to <see cref="LongestWait"/>; zero, the default, for now or never. Waiting ends when the client goes.</summary>
    public TimeSpan MaxWait { get; set; }

    /// <summary>Whether answers have the fields <c>RateLimit</c> and <c>RateLimit-Policy</c>, and refusals <c>Retry-After</c>; true by default.</summary>
    public bool WritesFields { get; set; } = true;

    /// <summary>Whether answers that have those fields also have their forerunners, <c>X-RateLimit-…</c>; none by default.</summary>
    public LegacyFields LegacyFields { get; set; }

    /// <summary>
    /// Writes the answer to a refusal, whose status is set; null for problem+json, and for a gRPC status where the request is a gRPC
    /// call. What is set here answers those calls, too.
    /// </summary>
    public Func<HttpContext, Decision, Task>? OnRefused { get; set; }

    /// <summary>
    /// Whether endpoints that name a rule that is not there are looked for at start; true by default. Where the rules are in this
    /// process, the application then does not start; where they are a cluster's, a warning is logged. Choose false where the
    /// application itself adds the rules after it has started.
    /// </summary>
    public bool ChecksRulesAtStart { get; set; } = true;

    internal IgnoredSpelling Ignored => IgnoredSpelling.Names
        | (IgnoresPathCase ? IgnoredSpelling.PathCase : IgnoredSpelling.None)
        | (IgnoresLastSlash ? IgnoredSpelling.LastSlash : IgnoredSpelling.None);

    private static string? UserOf(HttpContext context) => context.User.Identity is { IsAuthenticated: true } identity
        ? identity.Name ?? context.User.FindFirstValue(ClaimTypes.NameIdentifier)
        : null;
}
