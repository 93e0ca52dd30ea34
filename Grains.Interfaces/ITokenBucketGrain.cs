namespace Throttle.Grains.Interfaces;

/// <summary>A token bucket, also seen as GCRA: rules of the algorithms <c>token-bucket</c> and <c>gcra</c>.</summary>
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
}
