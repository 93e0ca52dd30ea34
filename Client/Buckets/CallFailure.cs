namespace Throttle.Client.Buckets;

/// <summary>What it means that a call to a bucket threw; see <see cref="CallFailures"/>.</summary>
public enum CallFailure
{
    /// <summary>The call did not reach the bucket: nothing was taken.</summary>
    NotDelivered,

    /// <summary>The bucket's silo died or is stopping. What it took of the call's permits is gone with it.</summary>
    OwnerLost,

    /// <summary>Too many calls wait at the bucket already: nothing was taken.</summary>
    Overloaded,

    /// <summary>No answer came in time. The permits may have been taken; they are lost then.</summary>
    NoAnswer,

    /// <summary>This process is not connected to the cluster: nothing was taken.</summary>
    NotConnected,

    /// <summary>The bucket threw.</summary>
    Thrown,
}
