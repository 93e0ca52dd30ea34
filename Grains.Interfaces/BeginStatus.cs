namespace Throttle.Grains.Interfaces;

/// <summary>What a bucket says to the holder of a grant that is about to make its call.</summary>
[GenerateSerializer]
[Alias("throttle.BeginStatus")]
public enum BeginStatus
{
    /// <summary>It may, within <see cref="BeginReply.Ticks"/> of asking.</summary>
    Begun = 0,

    /// <summary>Not before <see cref="BeginReply.Ticks"/> have passed; then ask again.</summary>
    Wait = 1,

    /// <summary>It came too late, and has lost its slot.</summary>
    Expired = 2,

    /// <summary>The rule is gone or has another algorithm: nothing spaces the call any more.</summary>
    Stale = 3,

    /// <summary>No answer could be had; the rule's <c>on-error</c> decides.</summary>
    Failed = 4,
}
