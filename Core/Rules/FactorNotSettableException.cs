namespace Throttle.Core.Rules;

/// <summary>A rule has no factor, or does not let its factor be set.</summary>
/// <param name="message">Which rule, and what to change.</param>
public sealed class FactorNotSettableException(string message) : InvalidOperationException(message);
