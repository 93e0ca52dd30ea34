using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Client.Buckets;
using Throttle.Core.Time;

namespace Throttle.Tests.Cluster.Client;

public sealed class FailureLogTests
{
    [Fact]
    public void Tell_SameTypeAgain_IsToldOnceAMinute()
    {
        var time = new VirtualTimeProvider(DateTimeOffset.UnixEpoch);
        var log = new FailureLog(NullLogger.Instance, time);

        Assert.True(log.Tell(new TimeoutException(), "a"));
        Assert.False(log.Tell(new TimeoutException(), "b"));
        time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.False(log.Tell(new TimeoutException(), "a"));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.True(log.Tell(new TimeoutException(), "a"));
        Assert.False(log.Tell(new TimeoutException(), "a"));
    }

    [Fact]
    public void Tell_AnotherType_IsToldToo()
    {
        var log = new FailureLog(NullLogger.Instance, new VirtualTimeProvider(DateTimeOffset.UnixEpoch));
        log.Tell(new TimeoutException(), "a");

        Assert.True(log.Tell(new ObjectDisposedException("client"), "a"));
    }
}
