namespace Throttle.Grains.Interfaces;

/// <summary>
/// One bucket of a rule with any algorithm but <c>queue</c>, or one bucket whose limit comes with each call. A change of the algorithm
/// changes the bucket in place.
/// </summary>
[Alias("throttle.ITokenBucketGrain")]
public interface ITokenBucketGrain : IBucketGrain
{
    /// <summary>
    /// Charges the bucket for what other regions have granted of it, for what of it is new. Where it is persisted, storage covers
    /// that before this completes. For grains.
    /// </summary>
    /// <param name="charges">The regions' counts. Repeated, older and late ones change nothing.</param>
    /// <param name="rulesVersion">The caller's rules; 0 when it knows none.</param>
    /// <param name="cancellationToken">Gives up; the bucket may have been charged.</param>
    /// <returns>Permits that the bucket is short of now; null where its rule is not shared.</returns>
    [Alias("Charge")]
    ValueTask<long?> ChargeAsync(ChargeWire[] charges, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>
    /// Brings a bucket whose limit comes with the calls under the call's limit, and does what the call asks. Its grain key is that of
    /// <see cref="BucketGrainKey.OfInline"/>. Durations are relative. At most once: a call that times out, or whose silo dies, may
    /// have been carried out or not.
    /// </summary>
    /// <param name="call">What is asked.</param>
    /// <param name="cancellationToken">Gives up; a call that has begun may have taken its permits.</param>
    /// <exception cref="ArgumentException">A part of the call is out of range, or the bucket is that of a rule; nothing was done.</exception>
    [Alias("Ask")]
    ValueTask<BucketReply> AskAsync(InlineCallWire call, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="AskAsync"/>, several calls to this bucket in one, answered in order, each on its own.</summary>
    [Alias("AskEach")]
    ValueTask<BucketReply[]> AskEachAsync(InlineCallWire[] calls, CancellationToken cancellationToken = default);
}
