using Throttle.Client;
using Throttle.Client.Buckets;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Client;

public sealed class CallDeadlinesTests
{
    [Fact]
    public void Next_ManyCallsAtOnce_ShareTheirSources()
    {
        var deadlines = new CallDeadlines(ThrottleClientOptions.MaxTimeout);

        var tokens = Enumerable.Range(0, 10_000).Select(_ => deadlines.Next(CancellationToken.None).Token).ToHashSet();

        Assert.InRange(tokens.Count, 1, 2 * Math.Max(16, Environment.ProcessorCount));
    }

    [Fact]
    public void Next_CallerCancels_EndsItsCallOnly()
    {
        var deadlines = new CallDeadlines(ThrottleClientOptions.MaxTimeout);
        using var caller = new CancellationTokenSource();
        using var mine = deadlines.Next(caller.Token);
        using var other = deadlines.Next(CancellationToken.None);

        caller.Cancel();

        Assert.True(mine.Token.IsCancellationRequested);
        Assert.False(other.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Next_TimeOutPasses_EndsTheCall()
    {
        using var deadline = new CallDeadlines(ThrottleClientOptions.MinTimeout).Next(CancellationToken.None);

        await Eventually.IsTrueAsync(() => deadline.Token.IsCancellationRequested, "the deadline comes");
    }
}
