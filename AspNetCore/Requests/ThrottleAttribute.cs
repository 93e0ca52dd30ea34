namespace Throttle.AspNetCore.Requests;

/// <summary>
/// This endpoint asks one rule, whatever that rule's conditions, and no other. A key attribute that a request lacks counts as empty.
/// Needs <see cref="ThrottleApplication.AddThrottleMiddleware"/>; the endpoint asks by itself where the middleware did not know of it.
/// </summary>
/// <param name="rule">
/// The rule's id. Where there is no such rule the application does not start, or, where the rules are a cluster's, logs a warning; a
/// request to the endpoint fails. A limit must not vanish unnoticed.
/// </param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class ThrottleAttribute(string rule) : Attribute, IThrottleMetadata
{
    /// <inheritdoc/>
    public string Rule { get; } = string.IsNullOrEmpty(rule) ? throw new ArgumentException("The rule is empty; use a rule's id.", nameof(rule)) : rule;
}
