using System.Runtime.CompilerServices;
using Orleans.Runtime.Messaging;
using Throttle.Client.Buckets;

namespace Throttle.Tests.Cluster.Client;

public sealed class CallFailuresTests
{
    [Theory]
    [InlineData(typeof(OperationCanceledException), CallFailure.NoAnswer)]
    [InlineData(typeof(TaskCanceledException), CallFailure.NoAnswer)]
    [InlineData(typeof(TimeoutException), CallFailure.NoAnswer)]
    [InlineData(typeof(SiloUnavailableException), CallFailure.OwnerLost)]
    [InlineData(typeof(OrleansMessageRejectionException), CallFailure.NotDelivered)]
    [InlineData(typeof(GatewayTooBusyException), CallFailure.NotDelivered)]
    [InlineData(typeof(LimitExceededException), CallFailure.Overloaded)]
    [InlineData(typeof(ConnectionFailedException), CallFailure.NotDelivered)]
    [InlineData(typeof(ClientNotAvailableException), CallFailure.NotConnected)]
    [InlineData(typeof(ObjectDisposedException), CallFailure.NotConnected)]
    [InlineData(typeof(ArgumentException), CallFailure.Thrown)]
    [InlineData(typeof(InvalidOperationException), CallFailure.Thrown)]
    [InlineData(typeof(OrleansException), CallFailure.Thrown)]
    public void Of_EachType_IsToldApart(Type thrown, CallFailure expected)
    {
        // Some of them have no constructor that others may call.
        var exception = (Exception)RuntimeHelpers.GetUninitializedObject(thrown);

        Assert.Equal(expected, CallFailures.Of(exception));
    }
}
