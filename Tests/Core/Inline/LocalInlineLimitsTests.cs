using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Usage;
using Throttle.Tests.Contracts;
using Throttle.Tests.Core.Engine;

namespace Throttle.Tests.Core.Inline;

/// <summary>The contract of inline limits, in process, and what is particular to that.</summary>
public sealed class LocalInlineLimitsTests : InlineContract
{
    private static readonly LimiterSpec OneAMinute = new TokenBucketSpec(1, new Rate(1, TimeSpan.TicksPerMinute));

    protected override Task<InlineHarness> StartAsync()
    {
        var local = new LocalHarness([]);
        return Task.FromResult(new InlineHarness(local.Local.InlineLimits, local.AdvanceAsync, local.DisposeAsync));
    }

    [Fact]
    public async Task Bucket_AsNewAgain_IsForgottenAndTheSweepSleeps()
    {
        await using var local = new LocalHarness([]);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(local.Local.InlineLimits.TryAsk(new("redis", $"{i}", OneAMinute), out _));
        }

        Assert.Equal(100, local.Local.BucketCount);
        await local.AdvanceAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(0, local.Local.BucketCount);
        Assert.Equal(0, local.TimerCount);
    }

    [Fact]
    public async Task Bucket_AskedOnly_OrGivenBackOrReset_IsNotKept()
    {
        await using var local = new LocalHarness([]);
        var limits = local.Local.InlineLimits;
        limits.TryAsk(new("redis", "a", OneAMinute, 0), out _);
        limits.TryAsk(new("redis", "b", OneAMinute), out _);
        limits.TryAsk(new("redis", "b", OneAMinute) { Action = InlineAction.GiveBack }, out _);
        limits.TryAsk(new("redis", "c", OneAMinute), out _);
        limits.TryAsk(new("redis", "c", OneAMinute, 0) { Action = InlineAction.Reset }, out _);

        Assert.Equal(0, local.Local.BucketCount);
    }

    [Fact]
    public async Task Bucket_NoRoomForAnother_FailsAndForgetsNoDebt()
    {
        await using var local = new LocalHarness([LimitBy.TokenBucket("per-user", 1, "1/m", "user")], maxBuckets: 4);
        var limits = local.Local.InlineLimits;
        await local.Throttle.AcquireAsync(new([("user", "1")]));
        limits.TryAsk(new("redis", "a", OneAMinute), out _);
        limits.TryAsk(new("envoy", "b", OneAMinute), out _);

        var isAnswered = limits.TryAsk(new("redis", "c", OneAMinute), out _);
        var answer = await limits.AskAsync(new("redis", "c", OneAMinute));

        Assert.False(isAnswered);
        Assert.Equal(Failure.Of(FailureReason.NoRoom), answer.Error);
        Assert.False((await limits.AskAsync(new("redis", "a", OneAMinute))).Decision.IsAllowed);
        Assert.True((await limits.AskAsync(new("redis", "c", OneAMinute, 0))).Decision.IsAllowed);

        // The other half is for the keys of rules.
        Assert.True((await local.Throttle.AcquireAsync(new([("user", "2")]))).IsAllowed);
        Assert.NotNull((await local.Throttle.AcquireAsync(new([("user", "3")]))).Error);

        await local.AdvanceAsync(TimeSpan.FromSeconds(59.9999999));
        Assert.NotNull((await limits.AskAsync(new("redis", "c", OneAMinute))).Error);
        await local.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.True((await limits.AskAsync(new("redis", "c", OneAMinute))).Decision.IsAllowed);
        Assert.Null((await local.Throttle.AcquireAsync(new([("user", "3")]))).Error);
    }

    [Fact]
    public async Task Space_OneMoreThanThereMayBe_IsRefused()
    {
        await using var local = new LocalHarness([]);
        for (var i = 0; i < InlineCall.MaxSpaces; i++)
        {
            local.Local.InlineLimits.TryAsk(new($"s{i}", "", OneAMinute), out _);
        }

        var fault = Assert.Throws<ArgumentException>(() => local.Local.InlineLimits.TryAsk(new("more", "", OneAMinute), out _));
        Assert.StartsWith("The space 'more' would be one more than 100", fault.Message, StringComparison.Ordinal);
        Assert.True(local.Local.InlineLimits.TryAsk(new("s7", "x", OneAMinute), out _));
    }

    [Fact]
    public async Task Usage_OfASpace_IsCountedBesideTheRules_WhateverBecomesOfThose()
    {
        await using var local = new LocalHarness([LimitBy.TokenBucket("redis", 1, "1/m", "user")], maxBuckets: 1);
        var limits = local.Local.InlineLimits;
        limits.TryAsk(new("redis", "a", OneAMinute), out _);
        limits.TryAsk(new("redis", "a", OneAMinute), out _);
        await limits.AskAsync(new("redis", "b", OneAMinute));
        limits.TryAsk(new("redis", "a", OneAMinute) { Action = InlineAction.GiveBack }, out _);
        for (var i = 0; i < UsageReport.MaxRemovedRules + 10; i++)
        {
            await local.Rules.ReplaceAsync([LimitBy.TokenBucket($"r{i}", 1, "1/m")]);
            await local.Throttle.AcquireAsync(new([]));
        }

        limits.TryAsk(new("redis", "a", OneAMinute, 0), out _);
        var row = (await local.Local.Usage.GetAsync()).Rows.Single(r => r.Rule == "inline/redis");

        Assert.Equal(new UsageCounts(2, 1, 0, 1, 1), row.Counts);
    }

    [Fact]
    public async Task TryAsk_LiveBucket_AllocatesNothing()
    {
        await using var local = new LocalHarness([]);
        var limits = local.Local.InlineLimits;
        var call = new InlineCall("redis", "a", new TokenBucketSpec(1000, new Rate(1, TimeSpan.TicksPerMinute)));
        var equal = call with { Limit = new TokenBucketSpec(1000, new Rate(1, TimeSpan.TicksPerMinute)) };
        for (var i = 0; i < 100; i++)
        {
            limits.TryAsk(call, out _);
            limits.TryAsk(equal, out _);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            limits.TryAsk(call, out _);
            limits.TryAsk(equal, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Ask_Disposed_Throws()
    {
        var throttle = new LocalThrottle();
        throttle.InlineLimits.TryAsk(new("redis", "a", OneAMinute), out _);
        throttle.Dispose();

        Assert.Throws<ObjectDisposedException>(() => throttle.InlineLimits.TryAsk(new("redis", "a", OneAMinute), out _));
    }

    [Fact]
    public void Ask_ManySpacesKeysAndLimitsAtOnce_ChangesNoBucketsCount()
    {
        using var throttle = new LocalThrottle();
        var admitted = new int[40];
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 4000; i++)
            {
                var key = i % admitted.Length;

                // The refill is so slow that nothing comes back; limits differ, and what is left is carried over.
                var limit = new TokenBucketSpec(50, new Rate(1, TimeSpan.TicksPerDay * (300 + (worker & 1))));
                if (throttle.InlineLimits.TryAsk(new(key % 2 == 0 ? "even" : "odd", $"{key}", limit), out var decision) && decision.IsAllowed)
                {
                    Interlocked.Increment(ref admitted[key]);
                }
            }
        });

        Assert.All(admitted, a => Assert.Equal(50, a));
    }
}
