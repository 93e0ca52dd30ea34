using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Sharing;

/// <summary>One key, asked for everywhere at once.</summary>
public sealed class OneOwnerTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    public static TheoryData<string, int> EachAlgorithm() => new()
    {
        { "token-bucket", 300 },
        { "gcra", 300 },
        { "leaky-bucket", 300 },
        { "fixed-window", 300 },
        { "sliding-window", 300 },
        { "sliding-log", 300 },
        { "concurrency", 300 },
        { "spacing", 1 },
        { "persisted", 300 },
    };

    [Theory]
    [MemberData(nameof(EachAlgorithm))]
    public async Task Acquire_ManyCallersOverSeveralSilos_AdmitsExactlyTheLimit(string algorithm, int limit)
    {
        await shared.Cluster.UseAsync(RuleOf(algorithm));
        var callers = shared.Cluster.Everywhere().SelectMany(t => Enumerable.Repeat(t, 8)).ToArray();

        var admitted = await Task.WhenAll(callers.Select(c => Task.Run(() => AdmittedAsync(c, 20))));

        Assert.True(callers.Length * 20 > limit);
        Assert.Equal(limit, admitted.Sum());
    }

    [Fact]
    public async Task Acquire_ManyKeysOverSeveralSilos_EachAdmitsExactlyItsLimit()
    {
        await shared.Cluster.UseAsync(LimitBy.TokenBucket("a", 5, "1/m", "user"), LimitBy.FixedWindow("b", 1000, "1d"));
        var callers = shared.Cluster.Everywhere();

        var admitted = await Task.WhenAll(Enumerable.Range(0, 50).Select(async user =>
        {
            var decisions = await Task.WhenAll(
                from caller in callers
                from _ in Enumerable.Range(0, 3)
                select caller.AcquireAsync([("user", $"{user}")]).AsTask());
            return decisions.Count(d => d.IsAllowed);
        }));

        Assert.Equal(Enumerable.Repeat(5, 50), admitted);
        Assert.Equal(1000 - 250, (await shared.Cluster.Throttle.InspectAsync("b", ""))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Acquire_WaitersOverSeveralSilos_GetOneTurnEach()
    {
        await shared.Cluster.UseAsync(LimitBy.LeakyBucket("a", 40, "1/s", "user"));
        var request = new ThrottleRequest([("user", "1")], 1, TimeSpan.FromMinutes(1));

        var decisions = await Task.WhenAll(
            from caller in shared.Cluster.Everywhere() from _ in Enumerable.Range(0, 15) select caller.ReserveAsync(request).AsTask());

        var expected = Enumerable.Repeat(0, 40).Concat(Enumerable.Range(1, 20)).Select(s => TimeSpan.FromSeconds(s));
        Assert.Equal(expected, decisions.Select(d => d.Delay).Order());
    }

    private static Rule RuleOf(string algorithm) => algorithm switch
    {
        "token-bucket" => LimitBy.TokenBucket("a", 300, "300/m", "user"),
        "gcra" => LimitBy.Gcra("a", "300/m", 300, "user"),
        "leaky-bucket" => LimitBy.LeakyBucket("a", 300, "300/m", "user"),
        "fixed-window" => LimitBy.FixedWindow("a", 300, "1m", "user"),
        "sliding-window" => LimitBy.SlidingWindow("a", 300, "1m", "user"),
        "sliding-log" => LimitBy.SlidingLog("a", 300, "1m", "user"),
        "concurrency" => LimitBy.Concurrency("a", 300, "1m", "user"),
        "spacing" => LimitBy.Spacing("a", "1s", 0, "user"),
        _ => LimitBy.TokenBucket("a", 300, "300/d", "user"),
    };

    private static async Task<int> AdmittedAsync(IThrottle throttle, int calls)
    {
        var admitted = 0;
        for (var i = 0; i < calls; i++)
        {
            admitted += (await throttle.AcquireAsync([("user", "1")])).IsAllowed ? 1 : 0;
        }

        return admitted;
    }
}
