using Throttle.Core.Engine;

namespace Throttle.Grains.Storage;

/// <summary>The owner of a bucket that is kept in storage.</summary>
internal interface IStoredBucket
{
    /// <summary>The bucket; null while there is none.</summary>
    Bucket? Bucket { get; }

    GrainId GrainId { get; }

    /// <summary>The version of the rules by which the bucket lives.</summary>
    long BucketVersion { get; }

    /// <summary>What of other regions the bucket was charged for; null for nothing.</summary>
    HeardCountWire[]? Heard { get; }

    /// <summary>Storage holds something else than is known here: what is in memory counts no more.</summary>
    /// <param name="storage">Who says so.</param>
    void Forget(BucketStorage storage);

    /// <summary>The bucket has changed by itself: permits were given back.</summary>
    void Touch();
}
