using Throttle.Core.Limiters;

namespace Throttle.Core.Fields;

/// <summary>The kinds of values that several tables use.</summary>
internal static class Kinds
{
    /// <summary>Permits, 1 to <see cref="Limits.MaxPermits"/>.</summary>
    public static FieldKind<long> Permits { get; } = new NumberKind(1, Limits.MaxPermits, isPermits: true);

    /// <summary>A window, an interval or a lease: 1 µs to 400 days.</summary>
    public static FieldKind<long> Period { get; } = new DurationKind(Limits.MinPeriodTicks, Limits.MaxPeriodTicks);

    /// <summary>A <see cref="Limiters.Rate"/>.</summary>
    public static FieldKind<Rate> Rate { get; } = new RateKind();

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static FieldKind<bool> Flag { get; } = new FlagKind();
}
