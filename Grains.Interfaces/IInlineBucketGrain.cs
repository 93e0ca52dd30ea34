namespace Throttle.Grains.Interfaces;

/// <summary>
/// One bucket whose limit comes with each call rather than from a rule, with one owner in the whole cluster. Its grain key is a
/// <see cref="BucketGrainKey"/> of space and key, such as <c>redis/user:42</c>.
/// </summary>
/// <remarks>
/// One kind of grain for all algorithms: a call with another limit changes the bucket in place, and nobody has two buckets by
/// naming two limits. Durations are relative, as in <see cref="IBucketGrain"/>. At most once: a call that times out, or whose
/// silo dies, may have been carried out or not.
/// </remarks>
/// <exception cref="ArgumentException">A part of the call is out of range; nothing was done.</exception>
[Alias("throttle.IInlineBucketGrain")]
public interface IInlineBucketGrain : IGrainWithStringKey
{
    /// <summary>Brings the bucket under the call's limit, and does what the call asks.</summary>
    /// <param name="call">What is asked.</param>
    /// <param name="cancellationToken">Gives up; a call that has begun may have taken its permits.</param>
    [Alias("Ask")]
    ValueTask<BucketReply> AskAsync(InlineCallWire call, CancellationToken cancellationToken = default);

    /// <summary>Several calls to this bucket in one, answered in order, each on its own.</summary>
    [Alias("AskEach")]
    ValueTask<BucketReply[]> AskEachAsync(InlineCallWire[] calls, CancellationToken cancellationToken = default);
}
