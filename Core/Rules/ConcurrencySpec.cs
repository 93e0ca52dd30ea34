namespace Throttle.Core.Rules;

/// <summary><c>concurrency</c>: so many permits held at once, each under a lease that its holder renews.</summary>
/// <param name="Limit">Permits held at once, 1 to <see cref="Limiters.Limits.MaxPermits"/>.</param>
/// <param name="LeaseTicks">Ticks until an unrenewed lease ends, 1 µs to 400 days.</param>
public sealed record ConcurrencySpec(long Limit, long LeaseTicks) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "concurrency";

    /// <inheritdoc/>
    public override long RefillTicks => Math.Max(0, LeaseTicks);
}
