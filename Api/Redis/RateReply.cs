using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Redis;

/// <summary>A decision in the words of redis-cell and of throttlecrab: the same facts in another order, another sense and other roundings.</summary>
internal static class RateReply
{
    private const long Never = -1;

    /// <summary>Writes the five numbers.</summary>
    public static void Write(RespWriter writer, RateDialect dialect, RateNumbers numbers, in LimiterDecision decision)
    {
        if (dialect == RateDialect.Cell)
        {
            writer.Integers(
                decision.IsAllowed ? 0 : 1,
                decision.Limit,
                decision.Remaining,
                decision.IsAllowed || decision.NeverFits ? Never : SecondsUp(decision.RetryAfterTicks),
                SecondsUp(decision.ResetAfterTicks));
        }
        else
        {
            writer.Integers(
                decision.IsAllowed ? 1 : 0,
                decision.Limit,
                decision.Remaining,
                Math.Max(0, decision.ResetAfterTicks + numbers.ForgottenAfterFull) / Ticks.PerSecond,
                decision.NeverFits ? Never : decision.RetryAfterTicks / Ticks.PerSecond);
        }
    }

    /// <summary>Whole units of so many ticks, rounded up: who waits that long is not early.</summary>
    public static long Up(long ticks, long unit) => (ticks / unit) + (ticks % unit > 0 ? 1 : 0);

    private static long SecondsUp(long ticks) => Up(ticks, Ticks.PerSecond);
}
