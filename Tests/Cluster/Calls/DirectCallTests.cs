using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Calls;

/// <summary>Buckets called as any grain is, without a throttle in between.</summary>
public sealed class DirectCallTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private ThrottleCluster Cluster => shared.Cluster;

    [Fact]
    public async Task Acquire_OfATokenBucket_AnswersExactly()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 3, "1/s", "client"));
        var bucket = Cluster.Client.GetGrain<ITokenBucketGrain>("per-client/42");

        for (var left = 2; left >= 0; left--)
        {
            var allowed = await bucket.AcquireAsync(1);
            Assert.Equal((BucketStatus.Answered, true, 3L, left), (allowed.Status, allowed.IsAllowed, allowed.Limit, (int)allowed.Remaining));
        }

        var refused = await bucket.AcquireAsync(1);
        Assert.Equal((false, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)), (refused.IsAllowed, refused.RetryAfter, refused.ResetAfter));
        Assert.Equal(0, (await Cluster.Throttle.InspectAsync("per-client", "42"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Acquire_OfEachKindOfGrain_Answers()
    {
        await Cluster.UseAsync(
            LimitBy.TokenBucket("token", 5, "1/s"),
            LimitBy.Gcra("gcra", "1/s", 5),
            LimitBy.LeakyBucket("leaky", 5, "1/s"),
            LimitBy.FixedWindow("window", 5, "1m"),
            LimitBy.SlidingWindow("sliding", 5, "1m"),
            LimitBy.SlidingLog("log", 5, "1m"),
            LimitBy.Spacing("spacing", "1s", 0),
            LimitBy.Concurrency("jobs", 5, "1m"),
            LimitBy.Queue("queue", 5, "1/s"));
        var grains = Cluster.Client;

        Assert.Equal(4, (await grains.GetGrain<ITokenBucketGrain>("token/").AcquireAsync()).Remaining);
        Assert.Equal(4, (await grains.GetGrain<ITokenBucketGrain>("gcra/").AcquireAsync()).Remaining);
        Assert.Equal(4, (await grains.GetGrain<ITokenBucketGrain>("leaky/").AcquireAsync()).Remaining);
        Assert.Equal(4, (await grains.GetGrain<ITokenBucketGrain>("window/").AcquireAsync()).Remaining);
        Assert.Equal(4, (await grains.GetGrain<ITokenBucketGrain>("sliding/").AcquireAsync()).Remaining);
        Assert.Equal(4, (await grains.GetGrain<ITokenBucketGrain>("log/").AcquireAsync()).Remaining);
        Assert.Equal(0, (await grains.GetGrain<ITokenBucketGrain>("spacing/").AcquireAsync()).Remaining);
        Assert.Equal(4, (await grains.GetGrain<ITokenBucketGrain>("jobs/").AcquireAsync()).Remaining);
        Assert.True((await grains.GetGrain<ILeakyBucketGrain>("queue/").AcquireAsync()).IsAllowed);
    }

    [Fact]
    public async Task Ask_BucketOfARule_ThrowsAndSaysSo()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 5, "1/s", "client"));
        var call = InlineCallWire.From(new("redis", "42", new GcraSpec(new(1, 10_000_000), 5)), LimitWire.From(new GcraSpec(new(1, 10_000_000), 5)));

        var thrown = await Assert.ThrowsAsync<ArgumentException>(async () => await Cluster.Client.GetGrain<ITokenBucketGrain>("per-client/42").AskAsync(call));

        Assert.Contains("'per-client/42' is that of a rule", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AcquireEach_AnswersInOrderEachOnItsOwn()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 5, "1/s", "client"));

        var replies = await Cluster.Client.GetGrain<ITokenBucketGrain>("per-client/each").AcquireEachAsync([3, 3, 0, 2, 1]);

        Assert.Equal([(true, 2L), (false, 2L), (true, 2L), (true, 0L), (false, 0L)], replies.Select(r => (r.IsAllowed, r.Remaining)));
    }

    [Fact]
    public async Task PeekReturnAndReset_DoWhatTheySay()
    {
        await Cluster.UseAsync(LimitBy.FixedWindow("window", 5, "1m", "client"));
        var bucket = Cluster.Client.GetGrain<ITokenBucketGrain>("window/7");
        var taken = await bucket.AcquireAsync(4);

        Assert.False((await bucket.PeekAsync(2)).IsAllowed);
        var returned = await bucket.ReturnAsync(taken.Grant);
        Assert.Equal((true, 5L), (returned.IsReturned, returned.Bucket.Remaining));
        await bucket.AcquireAsync(5);
        Assert.True(await bucket.ResetAsync());
        Assert.False(await bucket.ResetAsync());
        Assert.Equal(5, (await bucket.PeekAsync()).Remaining);
    }

    [Fact]
    public async Task Renew_OfALease_ExtendsIt()
    {
        await Cluster.UseAsync(LimitBy.Concurrency("jobs", 1, "10s"));
        var bucket = Cluster.Client.GetGrain<ITokenBucketGrain>("jobs/");
        var held = await bucket.AcquireAsync();

        Assert.Equal(Cluster.Time.GetUtcNow().AddSeconds(10).Ticks, await bucket.RenewAsync(held.Grant.LeaseId));
        Assert.Null(await bucket.RenewAsync(Guid.NewGuid()));
    }

    [Fact]
    public async Task Acquire_UnknownRule_ThrowsAndNamesIt()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 5, "1/s", "client"));

        var thrown = await Assert.ThrowsAsync<ArgumentException>(
            async () => await Cluster.Client.GetGrain<ITokenBucketGrain>("per-user/42").AcquireAsync());

        Assert.Contains("'per-user'", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_RuleOfAnotherKindOfGrain_ThrowsAndNamesBoth()
    {
        await Cluster.UseAsync(LimitBy.Queue("per-client", 5, "1/s", "client"));

        var thrown = await Assert.ThrowsAsync<ArgumentException>(
            async () => await Cluster.Client.GetGrain<ITokenBucketGrain>("per-client/42").AcquireAsync());

        Assert.Contains("'per-client'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("queue", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_UnknownRuleFromACallerWithAVersion_IsStale()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 5, "1/s", "client"));
        var version = Cluster.Rules.Current.Version;

        var reply = await Cluster.Client.GetGrain<ITokenBucketGrain>("gone/42").AcquireAsync(rulesVersion: version - 1);

        Assert.Equal((BucketStatus.Stale, version), (reply.Status, reply.RulesVersion));
    }

    [Theory]
    [InlineData("nothing-to-split")]
    [InlineData("/42")]
    public async Task Acquire_KeyThatNamesNoBucket_ThrowsAndSaysHow(string key)
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 5, "1/s", "client"));

        var thrown = await Assert.ThrowsAsync<ArgumentException>(async () => await Cluster.Client.GetGrain<ITokenBucketGrain>(key).AcquireAsync());

        Assert.Contains("per-client/42", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task Acquire_PermitsOutOfRange_ThrowsAndTakesNothing(long permits)
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 5, "1/s", "client"));
        var bucket = Cluster.Client.GetGrain<ITokenBucketGrain>("per-client/42");

        var thrown = await Assert.ThrowsAnyAsync<ArgumentException>(async () => await bucket.AcquireAsync(permits));

        Assert.Contains($"{permits}", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(5, (await bucket.PeekAsync()).Remaining);
    }

    [Fact]
    public async Task Acquire_KeysWithSlashesAndSpaces_AreBucketsOfTheirOwn()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("per-client", 1, "1/s", "client"));

        foreach (var key in new[] { "a/b", "a", "a//b", "ü b", "a/b/" })
        {
            Assert.True((await Cluster.Client.GetGrain<ITokenBucketGrain>(BucketGrainKey.Of("per-client", key)).AcquireAsync()).IsAllowed);
        }
    }
}
