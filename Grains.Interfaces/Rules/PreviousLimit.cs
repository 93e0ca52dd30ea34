using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces.Rules;

/// <summary>The limit that a rule had before its algorithm changed.</summary>
/// <param name="Limit">That limit.</param>
/// <param name="ChangedAtTicks">When it changed, in ticks, UTC; no two changes of a rule have the same.</param>
/// <param name="Before">What it was before that, of yet another kind; null where that cannot owe anything any more.</param>
public sealed record PreviousLimit(LimiterSpec Limit, long ChangedAtTicks, PreviousLimit? Before)
{
    /// <summary>The form in the process of the wire's.</summary>
    /// <exception cref="FormatException">A limit cannot be read.</exception>
    internal static PreviousLimit? From(PreviousLimitWire? wire) =>
        wire is null ? null : new(wire.Limit.ToSpec(), wire.ChangedAtTicks, From(wire.Before));
}
