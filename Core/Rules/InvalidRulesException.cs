namespace Throttle.Core.Rules;

/// <summary>A set of rules was refused as a whole; nothing has changed.</summary>
public sealed class InvalidRulesException(IReadOnlyList<RuleFault> faults)
    : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>Everything that is wrong, at least one.</summary>
    public IReadOnlyList<RuleFault> Faults { get; } = faults;
}
