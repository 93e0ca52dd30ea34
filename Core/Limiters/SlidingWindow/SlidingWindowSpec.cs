using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary><c>sliding-window</c>: this window's count plus the previous one's, weighted by how much of it is still in view.</summary>
/// <param name="Limit">Permits a window, 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="WindowTicks">Length of the window in ticks, 1 µs to 400 days.</param>
public sealed record SlidingWindowSpec(long Limit, long WindowTicks) : LimiterSpec
{
    /// <summary>The algorithm.</summary>
    public static Algorithm<SlidingWindowSpec> Definition { get; } = new(
        "sliding-window",
        "This window's count, plus the previous one's weighted by how much of it is still in view.",
        [SlidingWindow.StateKind],
        new(
            new(1, TimeSpan.TicksPerSecond),
            new Field<SlidingWindowSpec, long>("limit", Kinds.Permits, s => s.Limit, (s, v) => s with { Limit = v }, "Permits a window.") { IsRequired = true },
            new Field<SlidingWindowSpec, long>("window", Kinds.Period, s => s.WindowTicks, (s, v) => s with { WindowTicks = v }, "The length of a window.") { IsRequired = true }));

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks => Math.Max(0, WindowTicks);

    /// <inheritdoc/>
    public override Quota Quota => new(Limit, WindowTicks);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) =>
        visitor.Visit(new SlidingWindow(Limit, WindowTicks));
}
