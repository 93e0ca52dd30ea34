using Throttle.Core.Limiters;
using Throttle.Core.Rules.Patterns;
using Throttle.Core.Time;

namespace Throttle.Core.Rules;

internal sealed partial class RuleCheck
{
    private void CheckLimit(LimiterSpec? spec)
    {
        switch (spec)
        {
            case TokenBucketSpec s:
                CheckTokenBucket(s);
                break;
            case GcraSpec s:
                CheckRate("rate", s.Rate);
                CheckPermits("burst", s.Burst);
                break;
            case LeakyBucketSpec s:
                CheckPermits("capacity", s.Capacity);
                CheckRate("leak", s.Leak);
                CheckAdaptive(s);
                break;
            case FixedWindowSpec s:
                CheckFixedWindow(s);
                break;
            case SlidingLogSpec s:
                CheckPermits("limit", s.Limit, Limits.MaxSlidingLogLimit);
                CheckPeriod("window", s.WindowTicks);
                break;
            case SlidingWindowSpec s:
                CheckPermits("limit", s.Limit);
                CheckPeriod("window", s.WindowTicks);
                break;
            case SpacingSpec s:
                CheckSpacing(s);
                break;
            case ConcurrencySpec s:
                CheckPermits("limit", s.Limit);
                CheckPeriod("lease", s.LeaseTicks);
                break;
            case QueueSpec s:
                CheckQueue(s);
                break;
            default:
                Add("limit", "the limit is missing");
                break;
        }
    }

    private void CheckTokenBucket(TokenBucketSpec spec)
    {
        CheckBandwidths(spec.Bandwidths);
        CheckDebt(spec);
    }

    private void CheckBandwidths(ValueList<Bandwidth>? bandwidths)
    {
        var count = bandwidths?.Count ?? 0;
        if (count is 0 or > Limits.MaxBandwidths)
        {
            Add("limit.bandwidths", $"there are {count} bandwidths; use 1 to {Limits.MaxBandwidths}");
            return;
        }

        for (var i = 0; i < count; i++)
        {
            var prefix = count == 1 ? "" : $"bandwidths[{i}].";
            CheckPermits($"{prefix}capacity", bandwidths![i].Capacity);
            CheckRate($"{prefix}refill", bandwidths[i].Refill);
        }
    }

    private void CheckDebt(TokenBucketSpec spec)
    {
        var capacity = spec.Bandwidths is [var only, ..] ? Math.Clamp(only.Capacity, 1, Limits.MaxPermits) : 1;
        if (spec.Debt < 0 || spec.Debt > Limits.MaxPermits - capacity)
        {
            Add("limit.debt", $"debt is {spec.Debt}; use 0 to {Limits.MaxPermits - capacity}");
        }
        else if (spec.Debt > 0 && spec.Bandwidths?.Count > 1)
        {
            Add("limit.debt", $"debt is {spec.Debt}, which goes with one bandwidth; there are {spec.Bandwidths.Count}");
        }
    }

    private void CheckAdaptive(LeakyBucketSpec spec)
    {
        foreach (var (field, message) in spec.Adaptive?.Faults(spec.Capacity) ?? [])
        {
            Add($"limit.{field}", message);
        }
    }

    private void CheckFixedWindow(FixedWindowSpec spec)
    {
        CheckPermits("limit", spec.Limit);
        CheckAnchor(spec);
        if (spec.Calendar is not { } unit)
        {
            CheckPeriod("window", spec.WindowTicks);
            if (!string.Equals(spec.TimeZone, "UTC", StringComparison.Ordinal))
            {
                Add("limit.time-zone", $"time-zone is '{PatternText.Shorten(spec.TimeZone)}', which goes with calendar, not with window");
            }

            if (spec.WeekStart != DayOfWeek.Monday)
            {
                Add("limit.week-start", $"week-start is {Word(spec.WeekStart)}, which goes with calendar, not with window");
            }

            return;
        }

        if (spec.WindowTicks != 0)
        {
            Add("limit.window", "there are both window and calendar; use one of them");
        }

        CheckWord("limit.calendar", unit);
        CheckWord("limit.week-start", spec.WeekStart);
        if (!IsTimeZone(spec.TimeZone))
        {
            Add(
                "limit.time-zone",
                $"time-zone is '{PatternText.Shorten(spec.TimeZone)}', which this machine does not know; "
                + "use an IANA name such as UTC or Europe/Berlin");
        }
    }

    private void CheckAnchor(FixedWindowSpec spec)
    {
        if (!Enum.IsDefined(spec.Anchor))
        {
            Add("limit.anchor", $"anchor is {spec.Anchor}; use one of epoch, first-use");
        }
        else if (spec is { Anchor: WindowAnchor.FirstUse, Calendar: not null })
        {
            Add("limit.anchor", "anchor is first-use, which goes with window, not with calendar");
        }
    }

    private void CheckSpacing(SpacingSpec spec)
    {
        CheckPeriod("interval", spec.IntervalTicks);
        if (spec.Reservations is < 0 or > Limits.MaxReservations)
        {
            Add("limit.reservations", $"reservations is {spec.Reservations}; use 0 to {Limits.MaxReservations}");
        }

        if (spec.GraceTicks is { } grace && (grace < 0 || grace > spec.IntervalTicks))
        {
            var most = spec.IntervalTicks < 0 ? "the interval" : $"the interval, {Durations.Format(spec.IntervalTicks)}";
            Add("limit.grace", $"grace is {Show(grace)}; use 0s to {most}");
        }
    }

    private void CheckQueue(QueueSpec spec)
    {
        CheckPermits("capacity", spec.Capacity);
        CheckRate("drain", spec.Drain);
        if (spec.MaxAgeTicks is { } maxAge)
        {
            CheckPeriod("max-age", maxAge);
        }
    }

    private void CheckPermits(string field, long permits, long most = Limits.MaxPermits)
    {
        if (permits < 1 || permits > most)
        {
            Add($"limit.{field}", $"{field} is {permits}; use 1 to {most}");
        }
    }

    private void CheckPeriod(string field, long ticks)
    {
        if (ticks is < Limits.MinPeriodTicks or > Limits.MaxPeriodTicks)
        {
            Add($"limit.{field}", $"{field} is {Show(ticks)}; use 1us to 400d");
        }
    }

    private void CheckRate(string field, Rate rate)
    {
        if (rate.Permits is < 1 or > Limits.MaxPermits)
        {
            Add($"limit.{field}", $"{field} has {rate.Permits} permits a period; use 1 to {Limits.MaxPermits}");
        }

        if (rate.PeriodTicks is < Limits.MinPeriodTicks or > Limits.MaxPeriodTicks)
        {
            Add($"limit.{field}", $"{field} has a period of {Show(rate.PeriodTicks)}; use 1us to 400d");
        }
    }

    private static string Show(long ticks) => ticks < 0 ? $"{ticks} ticks" : Durations.Format(ticks);

    private static string Word(DayOfWeek day) => day.ToString().ToLowerInvariant();

    /// <summary>Whether a name is an IANA time zone. Windows names are refused: they are not known everywhere.</summary>
    private static bool IsTimeZone(string? name) =>
        !string.IsNullOrEmpty(name)
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
        && zone.HasIanaId
        && (string.Equals(name, "UTC", StringComparison.Ordinal) || !TimeZoneInfo.TryConvertWindowsIdToIanaId(name, out _));
}
