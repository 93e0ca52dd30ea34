using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Rules;

/// <summary>Limits that rules had before their algorithm changed.</summary>
internal static class PreviousLimits
{
    // For permits that were reserved ahead, and for clocks that differ.
    private const long LeastMargin = TimeSpan.TicksPerHour;

    /// <summary>Whether a bucket that lived under a limit until it changed may still owe something.</summary>
    public static bool MayOwe(LimiterSpec limit, long changedAt, long now)
    {
        var refill = limit.RefillTicks;
        return now < Ticks.Add(Ticks.Add(changedAt, refill), Math.Max(refill, LeastMargin));
    }

    /// <summary>The wire form of new rules, each with the limit before its algorithm changed.</summary>
    public static RuleSetWire Follow(RuleSetWire old, RuleSet set, long now)
    {
        var before = old.Rules.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        var wire = RuleSetWire.From(set);
        for (var i = 0; i < wire.Rules.Length; i++)
        {
            if (before.TryGetValue(wire.Rules[i].Id, out var rule))
            {
                wire.Rules[i] = wire.Rules[i] with { Previous = PreviousOf(rule, set.Rules[i].Limit, now) };
            }
        }

        return wire;
    }

    private static PreviousLimitWire? PreviousOf(RuleWire old, LimiterSpec limit, long now)
    {
        if (BucketFamilies.Of(old.Limit.ToSpec()) != BucketFamilies.Of(limit))
        {
            return new(old.Limit, now);
        }

        return old.Previous is { } previous && MayOwe(previous.Limit.ToSpec(), previous.ChangedAtTicks, now) ? previous : null;
    }
}
