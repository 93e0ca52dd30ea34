namespace Throttle.Grains.Interfaces;

/// <summary>What became of a grant that was given back.</summary>
/// <param name="IsReturned">Whether it was still worth giving back.</param>
/// <param name="Bucket">What the bucket holds now.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.ReturnReply")]
public readonly record struct ReturnReply(
    [property: Id(0)] bool IsReturned,
    [property: Id(1)] BucketReply Bucket);
