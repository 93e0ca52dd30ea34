using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary><c>sliding-log</c>: exact, at the price of remembering each instant.</summary>
/// <param name="Limit">Permits in any window, 1 to <see cref="Limits.MaxSlidingLogLimit"/>; memory grows with it (16 bytes an instant).</param>
/// <param name="WindowTicks">Length of the window in ticks, 1 µs to 400 days.</param>
public sealed record SlidingLogSpec(long Limit, long WindowTicks) : LimiterSpec
{
    /// <summary>The algorithm.</summary>
    public static Algorithm<SlidingLogSpec> Definition { get; } = new(
        "sliding-log",
        "So many permits in any window, exactly, at the price of remembering each instant.",
        [SlidingLog.StateKind],
        new(
            new(1, TimeSpan.TicksPerSecond),
            new Field<SlidingLogSpec, long>("limit", new NumberKind(1, Limits.MaxSlidingLogLimit, isPermits: true), s => s.Limit, (s, v) => s with { Limit = v }, "Permits in any window.") { IsRequired = true },
            new Field<SlidingLogSpec, long>("window", Kinds.Period, s => s.WindowTicks, (s, v) => s with { WindowTicks = v }, "The length of the window.") { IsRequired = true }));

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks => Math.Max(0, WindowTicks);

    /// <inheritdoc/>
    public override Quota Quota => new(Limit, WindowTicks);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) => visitor.Visit(new SlidingLog(Limit, WindowTicks));
}
