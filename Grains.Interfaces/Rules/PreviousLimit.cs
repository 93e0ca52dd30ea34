using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces.Rules;

/// <summary>The limit that a rule had before its algorithm changed.</summary>
/// <param name="Limit">That limit.</param>
/// <param name="ChangedAtTicks">When it changed, in ticks, UTC.</param>
public sealed record PreviousLimit(LimiterSpec Limit, long ChangedAtTicks);
