using Throttle.Core.Engine;
using Throttle.Core.Limiters;

namespace Throttle.Core.Inline;

/// <summary>Buckets whose limits come with the calls, for the protocols in which they do: in this process, or one grain each in a cluster.</summary>
/// <remarks>
/// A failure to answer is a <see cref="BucketAnswer.Failed"/>, not an exception; no answer is ever stale. Calls do not wait for
/// permits. Safe from any number of threads.
/// </remarks>
/// <exception cref="ArgumentException">A part of the call is out of range; nothing was taken.</exception>
public interface IInlineLimits
{
    /// <summary>Asks one bucket where it can answer on the spot: the fast way for buckets in this process.</summary>
    /// <param name="call">The bucket and what is asked of it.</param>
    /// <param name="decision">The limiter's answer, when true is returned.</param>
    /// <returns>Whether it was answered. When not, nothing was done, and <see cref="AskAsync"/> is the way.</returns>
    bool TryAsk(in InlineCall call, out LimiterDecision decision);

    /// <summary>Asks one bucket.</summary>
    ValueTask<BucketAnswer> AskAsync(InlineCall call, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks several, each on its own, whatever the others answer; the same bucket in order. Buckets that are elsewhere are asked
    /// at the same time.
    /// </summary>
    /// <returns>An answer for each call, in order.</returns>
    ValueTask<BucketAnswer[]> AskEachAsync(InlineCall[] calls, CancellationToken cancellationToken = default);
}
