namespace Throttle.Core;

/// <summary>What becomes of a request that matches no rule. Requests that name a rule, and limits that come with the call, always match.</summary>
public enum UnmatchedRequests
{
    /// <summary>It is allowed. The default.</summary>
    Allow,

    /// <summary>It is allowed, and a warning tells once a minute what such requests have and which rule came nearest.</summary>
    Warn,

    /// <summary>It is refused, as one that never fits: no wait helps. A warning tells of it as under <see cref="Warn"/>.</summary>
    Refuse,
}
