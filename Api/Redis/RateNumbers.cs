using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Redis;

/// <summary>The numbers of a limit that came with a command, and what follows from them.</summary>
internal sealed class RateNumbers
{
    /// <summary>The longest period in seconds: 400 days.</summary>
    public const long MaxPeriod = Limits.MaxPeriodTicks / Ticks.PerSecond;

    /// <summary>Numbers within their ranges.</summary>
    /// <param name="burst">The most permits at one instant, 1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="count">Permits per period, 1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="periodTicks">In 100 ns ticks, a second to <see cref="MaxPeriod"/>.</param>
    public RateNumbers(long burst, long count, long periodTicks)
    {
        (Burst, Count, PeriodTicks) = (burst, count, periodTicks);
        Limit = new(new Rate(count, periodTicks), burst);
        ForgottenAfterFull = Ticks.Saturate((Int128)(burst - 2) * periodTicks / count);
    }

    public long Burst { get; }

    public long Count { get; }

    public long PeriodTicks { get; }

    /// <summary>One object for each limit, as far as it is remembered.</summary>
    public GcraSpec Limit { get; }

    /// <summary>How long after the bucket is full throttlecrab would forget it, in ticks; for a burst of 1 it forgets that much before.</summary>
    public long ForgottenAfterFull { get; }

    /// <summary>Whether every time that a bucket of this limit can name is below <see cref="Ticks.Never"/>, so that it is exact.</summary>
    public bool IsExact => Limit.RefillTicks < Ticks.Never / 2;
}
