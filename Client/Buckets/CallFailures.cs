using Orleans.Runtime.Messaging;
using Throttle.Core.Failures;

namespace Throttle.Client.Buckets;

/// <summary>
/// What becomes of a call to a bucket that throws: by the type of the exception it is made again, or the rule's <c>on-error</c>
/// decides at once.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Thrown</term><description>What is done</description></listheader>
/// <item>
/// <term><see cref="OperationCanceledException"/>, after the caller's own token was cancelled</term>
/// <description>Goes to the caller.</description>
/// </item>
/// <item>
/// <term><see cref="OperationCanceledException"/> of the deadline, <see cref="TimeoutException"/></term>
/// <description><c>on-error</c>. The permits may have been taken; they are lost then, never given twice.</description>
/// </item>
/// <item>
/// <term><see cref="OrleansMessageRejectionException"/>, <see cref="GatewayTooBusyException"/>, <see cref="ConnectionFailedException"/></term>
/// <description>The call did not reach the bucket: made again, at growing, spread intervals, until the deadline; then <c>on-error</c>.
/// A connection that fails is one silo's: the next attempt goes to another.</description>
/// </item>
/// <item>
/// <term><see cref="SiloUnavailableException"/></term>
/// <description>As above. What the lost silo may have granted is lost, so only giving back is not made again.</description>
/// </item>
/// <item>
/// <term><see cref="LimitExceededException"/></term>
/// <description><c>on-error</c> at once: the queue in front of the bucket is full, and asking again would make it no shorter.</description>
/// </item>
/// <item>
/// <term><see cref="ClientNotAvailableException"/>, <see cref="ObjectDisposedException"/></term>
/// <description><c>on-error</c> at once: this process is not connected to the cluster, or stops.</description>
/// </item>
/// <item>
/// <term>Anything else</term>
/// <description><c>on-error</c> at once.</description>
/// </item>
/// </list>
/// <para>What is answered by <c>on-error</c> is logged as a warning, once a minute at most for each type of exception. Callers are
/// told a <see cref="FailureReason"/> and the id of that line, and nothing else.</para>
/// <para>A caller that waits in a queue is asked for again as long as it would wait, and goes at the instant it was told even
/// where its bucket cannot be reached any more.</para>
/// </remarks>
public static class CallFailures
{
    /// <summary>What an exception means that is not the caller's own cancellation.</summary>
    public static CallFailure Of(Exception thrown) => thrown switch
    {
        OperationCanceledException or TimeoutException => CallFailure.NoAnswer,
        SiloUnavailableException => CallFailure.OwnerLost,
        OrleansMessageRejectionException or GatewayTooBusyException or ConnectionFailedException => CallFailure.NotDelivered,
        LimitExceededException => CallFailure.Overloaded,
        ClientNotAvailableException or ObjectDisposedException => CallFailure.NotConnected,
        _ => CallFailure.Thrown,
    };

    /// <summary>The reason that callers are told.</summary>
    public static FailureReason ReasonOf(CallFailure failure) => failure switch
    {
        CallFailure.NotDelivered or CallFailure.OwnerLost => FailureReason.OwnerUnreachable,
        CallFailure.Overloaded => FailureReason.Overloaded,
        CallFailure.NoAnswer => FailureReason.NoAnswer,
        CallFailure.NotConnected => FailureReason.NotConnected,
        _ => FailureReason.Internal,
    };
}
