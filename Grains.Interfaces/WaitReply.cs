namespace Throttle.Grains.Interfaces;

/// <summary>The answer to a caller that waits.</summary>
/// <param name="Status">How the wait stands.</param>
/// <param name="Reply">Where it is over, the answer; while it goes on, what was granted, with the delay that is left.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.WaitReply")]
public readonly record struct WaitReply(
    [property: Id(0)] WaitStatus Status,
    [property: Id(1)] BucketReply Reply);
