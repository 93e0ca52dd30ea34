using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Streams;

/// <summary>
/// What streams pay before they send: a rate of their own, or the buckets of a throttle's rules, which others pay from too. A
/// unit is a byte, an item, or whatever the stream counts. One pacer may serve several streams, which then keep the rate
/// together; they are served in the order in which they ask. Safe from any number of threads.
/// </summary>
/// <remarks>
/// Counted at the instants at which payments complete, streams of one pacer of a rate send in any interval at most
/// burst + rate × interval; by rules, what the rules guarantee. A cancelled payment takes nothing.
/// </remarks>
public abstract class Pacer
{
    private const long StepTicks = Ticks.PerSecond / 10;

    private protected Pacer()
    {
    }

    /// <summary>Lets everything pass at once, and counts nothing.</summary>
    public static Pacer Unlimited { get; } = new UnlimitedPacer();

    /// <summary>
    /// The most units that one payment can be: the burst, or the least limit of the rules. <see cref="long.MaxValue"/> where there
    /// is no bound, and by rules until the first payment has told.
    /// </summary>
    public abstract long Largest { get; }

    /// <summary>
    /// How many units to pay at a time for a flow that is steady and yet quick: what was left after the last payment, or what
    /// comes in a tenth of a second where that is more, though not more than half of <see cref="Largest"/>: for a whole bucket
    /// the wait ends when it is full, and what comes from then to the end of that tick is lost. 1 to <see cref="Largest"/>.
    /// </summary>
    public abstract long Step { get; }

    /// <summary>A rate as text.</summary>
    /// <param name="rate">A rate such as <c>256KiB/s</c> or <c>100/s</c>; without a slash it is per second.</param>
    /// <param name="burst">The most units at one instant, as a size such as <c>1MiB</c>; null for what comes in one second, at least 1.</param>
    /// <param name="timeProvider">The clock and its timers; null for the system's.</param>
    /// <exception cref="FormatException">A text cannot be read, or is out of range; the message names the value and the range.</exception>
    public static Pacer Of(string rate, string? burst = null, TimeProvider? timeProvider = null)
    {
        if (!Rate.TryParsePerSecond(rate, out var parsed, out var error))
        {
            throw new FormatException(error);
        }

        return Of(parsed, burst is null ? null : Sizes.Parse(burst, min: 1), timeProvider);
    }

    /// <summary>A rate, with a bucket of its own that starts full.</summary>
    /// <param name="rate">1 to <see cref="Limits.MaxPermits"/> units in 1 µs to 400 days.</param>
    /// <param name="burst">
    /// The most units at one instant, 1 to <see cref="Limits.MaxPermits"/>; null for what comes in one second, at least 1. A burst
    /// smaller than what comes in a few milliseconds costs rate on the system's clock: its timers are no finer, and what
    /// overflows is lost.
    /// </param>
    /// <param name="timeProvider">The clock and its timers; null for the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static Pacer Of(Rate rate, long? burst = null, TimeProvider? timeProvider = null) =>
        new RatePacer(rate, burst ?? BurstOf(rate), timeProvider ?? TimeProvider.System);

    /// <summary>
    /// The rules of a throttle, in this process or in a cluster. Every matching rule is paid for each unit; who has the same key
    /// pays from the same bucket, so that a client's streams keep its rate together. Where no rule matches nothing is limited.
    /// </summary>
    /// <param name="throttle">The throttle; it stays the caller's.</param>
    /// <param name="attributes">What is known of the stream, for the rules to match and make keys of.</param>
    /// <param name="maxWait">The longest acceptable wait for one payment, zero or more; null to wait for as long as it takes.</param>
    /// <remarks>
    /// The largest payment is the least limit of the matching rules. A rule whose <c>on-error</c> is <c>allow</c> lets pass what it
    /// could not be asked for. Rules of the kind <c>concurrency</c> limit what runs and not what flows: they refuse.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The wait is negative.</exception>
    public static Pacer Of(IThrottle throttle, Attributes attributes, TimeSpan? maxWait = null) =>
        new RulePacer(throttle, attributes, maxWait ?? TimeSpan.MaxValue);

    /// <summary>Pays for something that goes as a whole: completes when all of it may be sent.</summary>
    /// <param name="units">0 to <see cref="Largest"/>; 0 costs nothing and waits for nobody.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The units are negative.</exception>
    /// <exception cref="PaymentRefusedException">It is more than can ever be paid at once, or was refused.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is taken.</exception>
    public ValueTask PayAsync(long units, CancellationToken cancellationToken = default)
    {
        CheckUnits(units, 0);
        cancellationToken.ThrowIfCancellationRequested();
        if (units == 0)
        {
            return default;
        }

        var paying = TryPayAsync(units, cancellationToken);
        return paying.IsCompletedSuccessfully && paying.Result ? default : AwaitAsync(paying, units);
    }

    /// <summary>Pays for as much as one payment can be: completes when that much may be sent.</summary>
    /// <param name="units">1 or more.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <returns>The units paid: all of them, or <see cref="Largest"/> where they are more.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is nothing to pay for.</exception>
    /// <exception cref="PaymentRefusedException">Not one unit can ever be paid, or it was refused.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is taken.</exception>
    public async ValueTask<long> PayUpToAsync(long units, CancellationToken cancellationToken = default)
    {
        CheckUnits(units, 1);
        cancellationToken.ThrowIfCancellationRequested();
        while (Math.Min(units, Largest) is > 0 and var part)
        {
            if (await TryPayAsync(part, cancellationToken).ConfigureAwait(false))
            {
                return part;
            }
        }

        throw TooLarge(1);
    }

    /// <summary>Pays all of it, unless it never fits; then <see cref="Largest"/> is less from then on.</summary>
    /// <param name="units">1 or more.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    private protected abstract ValueTask<bool> TryPayAsync(long units, CancellationToken cancellationToken);

    /// <summary>What bounds a payment, for an error that begins with the units.</summary>
    private protected abstract PaymentRefusedException TooLarge(long units);

    /// <summary>Permits that come in one step at a steady rate.</summary>
    private protected static long StepAt(Rate rate) =>
        Ticks.Saturate((Int128)rate.Permits * StepTicks / Math.Max(1, rate.PeriodTicks));

    private static void CheckUnits(long units, long min)
    {
        if (units < min || units > Limits.MaxPermits)
        {
            throw new ArgumentOutOfRangeException(nameof(units), units, $"units is {units}; use {min} to {Limits.MaxPermits}.");
        }
    }

    /// <summary>What comes in one second, rounded down, at least 1.</summary>
    private static long BurstOf(Rate rate) => (long)Int128.Clamp(
        rate.PeriodTicks <= 0 ? 1 : (Int128)rate.Permits * Ticks.PerSecond / rate.PeriodTicks, 1, Limits.MaxPermits);

    private async ValueTask AwaitAsync(ValueTask<bool> paying, long units)
    {
        if (!await paying.ConfigureAwait(false))
        {
            throw TooLarge(units);
        }
    }
}
