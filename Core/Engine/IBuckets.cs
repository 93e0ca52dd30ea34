using Throttle.Core.Limiters;

namespace Throttle.Core.Engine;

/// <summary>The buckets behind a throttle: in this process, or one grain each in a cluster.</summary>
/// <remarks>
/// A failure to answer is a <see cref="BucketAnswer.Failed"/>, not an exception. Any method may answer
/// <see cref="BucketAnswer.Stale"/> (or null) when the call's rules are not those in force.
/// </remarks>
public interface IBuckets
{
    /// <summary>
    /// Takes from one bucket without waiting, where it can answer on the spot: the fast way for buckets in this process.
    /// </summary>
    /// <param name="call">The bucket and the permits.</param>
    /// <param name="decision">The limiter's answer, when true is returned.</param>
    /// <returns>Whether it was answered. When not, nothing was taken, and <see cref="AcquireAsync"/> is the way.</returns>
    bool TryAcquire(in BucketCall call, out LimiterDecision decision)
    {
        decision = default;
        return false;
    }

    /// <summary>Takes from one bucket.</summary>
    /// <param name="call">The bucket and the permits.</param>
    /// <param name="maxWaitTicks">The longest acceptable wait in ticks, 0 or more.</param>
    /// <param name="awaitTurn">Whether to complete at the granted instant rather than at once; cancelling then gives the permits back.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    ValueTask<BucketAnswer> AcquireAsync(
        BucketCall call, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken);

    /// <summary>
    /// Takes from each of several buckets without waiting, whatever the others answer; from the same bucket in order.
    /// Buckets that are elsewhere should be asked together, place by place.
    /// </summary>
    /// <param name="calls">The buckets and the permits.</param>
    /// <param name="cancellationToken">Ends asking; what was taken is given back.</param>
    /// <returns>An answer for each call, in order.</returns>
    async ValueTask<BucketAnswer[]> AcquireEachAsync(BucketCall[] calls, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(calls);
        cancellationToken.ThrowIfCancellationRequested();
        var answers = new BucketAnswer[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            // Once begun it is finished: no call waits, and those before it have taken already.
            answers[i] = await AcquireAsync(calls[i], 0, awaitTurn: false, CancellationToken.None).ConfigureAwait(false);
        }

        return answers;
    }

    /// <summary>
    /// Takes from several buckets, all or none. A bucket whose rule says so when it fails
    /// (<see cref="Rules.OnError.Allow"/>) does not stop the others.
    /// </summary>
    /// <returns>
    /// An answer for each call, in order. When one refuses, the others' answers show what they hold, with nothing taken.
    /// </returns>
    ValueTask<BucketAnswer[]> AcquireAllAsync(
        BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken);

    /// <summary>What taking from one bucket would answer, taking nothing.</summary>
    ValueTask<BucketAnswer> PeekAsync(BucketCall call, long maxWaitTicks, CancellationToken cancellationToken);

    /// <summary>Gives back what one bucket granted.</summary>
    /// <returns>Whether it was still worth giving back.</returns>
    ValueTask<bool> ReturnAsync(BucketCall call, Grant grant, CancellationToken cancellationToken);

    /// <summary>Asks for the holder of a grant whether its call may run now.</summary>
    /// <param name="call">The bucket.</param>
    /// <param name="grant">What it granted.</param>
    /// <param name="lagTicks">How much later than the granted instant the call is to be made, because other rules granted a later one; 0 or more.</param>
    /// <param name="cancellationToken">Gives up; then the call must not be made.</param>
    ValueTask<BucketBegin> BeginAsync(BucketCall call, Grant grant, long lagTicks, CancellationToken cancellationToken);

    /// <summary>The call of a grant that was begun ran so many ticks ago, 0 or more.</summary>
    /// <returns>Whether that was of use.</returns>
    ValueTask<bool> RanAsync(BucketCall call, Grant grant, long agoTicks, CancellationToken cancellationToken);

    /// <summary>The factor of an adaptive bucket, after setting it where one is given.</summary>
    /// <returns>The factor; null where the bucket has none, or could not be asked.</returns>
    ValueTask<Factor?> FactorAsync(BucketCall call, Factor? set, CancellationToken cancellationToken);

    /// <summary>Extends a lease.</summary>
    /// <returns>When it now ends, in ticks, or null when it is not held.</returns>
    ValueTask<long?> RenewAsync(BucketCall call, Guid leaseId, CancellationToken cancellationToken);

    /// <summary>Makes a bucket new.</summary>
    /// <returns>Whether there was anything to forget.</returns>
    ValueTask<bool> ResetAsync(BucketCall call, CancellationToken cancellationToken);
}
