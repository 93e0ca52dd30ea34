using Throttle.Core.Limiters;
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
                wire.Rules[i] = wire.Rules[i] with { Previous = PreviousOf(rule, set.Rules[i], now) };
            }
        }

        return wire;
    }

    private static PreviousLimitWire? PreviousOf(RuleWire old, Rule rule, long now)
    {
        var (oldLimit, family) = (old.ToRule().Limit, BucketFamilies.Of(rule.Limit));
        if (rule.OnChange == OnChange.Reset && rule.Limit != oldLimit)
        {
            // Nothing is carried over this change, nor over it later.
            return null;
        }

        var before = Without(old.Previous, family, now);

        // Each change has an instant of its own, by which buckets know it, whatever the clock says.
        return BucketFamilies.Of(oldLimit) == family
            ? before
            : new(LimitWire.From(oldLimit), Math.Max(now, (old.Previous?.ChangedAtTicks ?? 0) + 1), before);
    }

    /// <summary>Those that may still owe something, and are not of the family that the rule has now.</summary>
    private static PreviousLimitWire? Without(PreviousLimitWire? previous, BucketFamily family, long now)
    {
        if (previous is null)
        {
            return null;
        }

        var before = Without(previous.Before, family, now);
        var limit = previous.Limit.ToSpec();
        return BucketFamilies.Of(limit) != family && MayOwe(limit, previous.ChangedAtTicks, now) ? previous with { Before = before } : before;
    }
}
