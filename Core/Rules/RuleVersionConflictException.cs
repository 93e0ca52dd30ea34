namespace Throttle.Core.Rules;

/// <summary>An edit named a version of the rules that is not the current one; nothing has changed.</summary>
public sealed class RuleVersionConflictException(long expected, long current)
    : Exception($"The rules are at version {current}, not {expected}; read them again and repeat the edit.")
{
    /// <summary>The version the edit was made against.</summary>
    public long Expected { get; } = expected;

    /// <summary>The version now in force.</summary>
    public long Current { get; } = current;
}
