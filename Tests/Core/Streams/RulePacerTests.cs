using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Streams;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Streams;

/// <summary>Streams that pay by rules: shared by key, as large at once as the rules' limits, and refused in words.</summary>
public sealed class RulePacerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Pay_SameKey_SharesABucket_AndAnotherDoesNot()
    {
        var clock = SomeStreams.Clock();
        await using var throttle = SomeStreams.Throttle(clock, LimitBy.TokenBucket("bytes", 100, "100B/s", "user"));
        var (one, two, other) = (PacerOf(throttle, "1"), PacerOf(throttle, "1"), PacerOf(throttle, "2"));

        await one.PayAsync(100);
        await other.PayAsync(100);
        var waiting = two.PayAsync(50).AsTask();
        clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        await waiting.WaitAsync(Patience);
    }

    [Fact]
    public async Task PayUpTo_SeveralRules_IsTheLeastOfTheirLimitsByTheirPrices()
    {
        await using var throttle = SomeStreams.Throttle(
            SomeStreams.Clock(),
            LimitBy.TokenBucket("bytes", 1_000, "1000B/s", "user"),
            LimitBy.TokenBucket("dear", 4_000, "4000/s", "user") with { Cost = new Cost(10) },
            LimitBy.LeakyBucket("slow", 500, "1/s", "user"),
            LimitBy.TokenBucket("free", 1, "1/h", "user") with { Cost = new Cost(0) },
            LimitBy.TokenBucket("shadow", 1, "1/h", "user") with { Mode = RuleMode.Shadow });
        var pacer = PacerOf(throttle, "1");
        Assert.Equal(long.MaxValue, pacer.Largest);

        Assert.Equal(400, await pacer.PayUpToAsync(10_000));
        Assert.Equal(400, pacer.Largest);
        Assert.Equal(100, (await throttle.InspectAsync("slow", "1"))!.Value.Limiter.Remaining);
        var refused = await Assert.ThrowsAsync<PaymentRefusedException>(() => pacer.PayAsync(401).AsTask());
        Assert.Equal("401 at once are more than the rules allow: at most 400 ever fit.", refused.Message);
    }

    [Fact]
    public async Task Pay_NoRuleMatches_IsUnlimited()
    {
        await using var throttle = SomeStreams.Throttle(SomeStreams.Clock(), LimitBy.TokenBucket("bytes", 1, "1B/s", "user"));
        var pacer = Pacer.Of(throttle, [("path", "/x")]);

        Assert.Equal(1L << 53, await pacer.PayUpToAsync(1L << 53));
        Assert.Equal((long.MaxValue, long.MaxValue), (pacer.Largest, pacer.Step));
    }

    [Fact]
    public async Task Pay_RuleChangesMeanwhile_GoesByThePresentOne()
    {
        var clock = SomeStreams.Clock();
        var rules = new LocalRules([LimitBy.TokenBucket("bytes", 100, "100B/s", "user")]);
        await using var throttle = new LocalThrottle(rules, new LocalThrottleOptions { TimeProvider = clock });
        var pacer = PacerOf(throttle, "1");
        Assert.Equal(100, await pacer.PayUpToAsync(1_000));

        await rules.ReplaceAsync([LimitBy.TokenBucket("bytes", 10, "100B/s", "user")]);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(10, await pacer.PayUpToAsync(1_000));
        await rules.ReplaceAsync([LimitBy.TokenBucket("bytes", 500, "100B/s", "user")]);
        clock.Advance(TimeSpan.FromMinutes(1));
        await pacer.PayAsync(10);

        Assert.Equal(490, await pacer.PayUpToAsync(490));
    }

    [Fact]
    public async Task Pay_OneUnitNeverFits_SaysSo()
    {
        await using var throttle = SomeStreams.Throttle(
            SomeStreams.Clock(), LimitBy.TokenBucket("dear", 5, "5/s", "user") with { Cost = new Cost(10) });

        var refused = await Assert.ThrowsAsync<PaymentRefusedException>(() => PacerOf(throttle, "1").PayUpToAsync(7).AsTask());

        Assert.Equal("1 at once are more than the rules allow: at most 0 ever fit.", refused.Message);
    }

    [Fact]
    public async Task Pay_TurnTooLate_IsRefusedWithTheDecision()
    {
        await using var throttle = SomeStreams.Throttle(SomeStreams.Clock(), LimitBy.TokenBucket("bytes", 10, "10B/s", "user"));
        var pacer = Pacer.Of(throttle, [("user", "1")], maxWait: TimeSpan.FromMilliseconds(500));
        await pacer.PayAsync(10);

        var refused = await Assert.ThrowsAsync<PaymentRefusedException>(() => pacer.PayAsync(6).AsTask());

        Assert.Equal("Rule 'bytes' refuses: its turn would come in 00:00:00.6000000, which is longer than the stream may wait.", refused.Message);
        Assert.Equal(TimeSpan.FromMilliseconds(600), refused.Decision!.RetryAfter);
    }

    [Theory]
    [InlineData(OnError.Allow)]
    [InlineData(OnError.Deny)]
    public async Task Pay_RuleCannotBeAsked_GoesByItsOnError(OnError onError)
    {
        var options = new LocalThrottleOptions { TimeProvider = SomeStreams.Clock(), MaxBuckets = 1 };
        await using var throttle = new LocalThrottle(
            new LocalRules([LimitBy.TokenBucket("bytes", 10, "1B/h", "user") with { OnError = onError }]), options);
        await PacerOf(throttle, "has the only bucket").PayAsync(10);

        var paying = PacerOf(throttle, "2").PayUpToAsync(1_000).AsTask();

        if (onError == OnError.Allow)
        {
            Assert.Equal(10, await paying);
            return;
        }

        var refused = await Assert.ThrowsAsync<PaymentRefusedException>(() => paying);
        Assert.StartsWith("Rule 'bytes' could not be asked, and its on-error is deny: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pay_ConcurrencyRule_IsRefusedAndKeepsNoLease()
    {
        await using var throttle = SomeStreams.Throttle(SomeStreams.Clock(), LimitBy.Concurrency("jobs", 10, "1h", "user"));

        var refused = await Assert.ThrowsAsync<PaymentRefusedException>(() => PacerOf(throttle, "1").PayUpToAsync(1).AsTask());

        Assert.StartsWith("Rule 'jobs' is of the kind concurrency,", refused.Message, StringComparison.Ordinal);
        Assert.Equal(10, (await throttle.InspectAsync("jobs", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Pay_ConcurrencyRuleInShadow_HoldsNobodyUp()
    {
        await using var throttle = SomeStreams.Throttle(
            SomeStreams.Clock(), LimitBy.Concurrency("jobs", 10, "1h", "user") with { Mode = RuleMode.Shadow });
        var pacer = PacerOf(throttle, "1");
        for (var i = 0; i < 20; i++)
        {
            await pacer.PayAsync(1);
        }

        Assert.Equal(10, (await throttle.InspectAsync("jobs", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Pay_FixedWindow_WaitsForTheNextOne()
    {
        var clock = SomeStreams.Clock();
        await using var throttle = SomeStreams.Throttle(clock, LimitBy.FixedWindow("daily", 100, "1d"));
        var pacer = Pacer.Of(throttle, []);
        await pacer.PayAsync(100);

        var waiting = pacer.PayAsync(1).AsTask();
        clock.Advance(TimeSpan.FromTicks(Ticks.PerDay - 1));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromTicks(1));

        await waiting.WaitAsync(Patience);
    }

    [Fact]
    public async Task Pay_Cancelled_GivesItsTurnToTheNext()
    {
        var clock = SomeStreams.Clock();
        await using var throttle = SomeStreams.Throttle(clock, LimitBy.TokenBucket("bytes", 10, "10B/s", "user"));
        using var cancel = new CancellationTokenSource();
        await PacerOf(throttle, "1").PayAsync(10);
        var first = PacerOf(throttle, "1").PayAsync(10, cancel.Token).AsTask();
        var second = PacerOf(throttle, "1").PayAsync(5).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        clock.Advance(TimeSpan.FromMilliseconds(500));
        await second.WaitAsync(Patience);
    }

    [Theory]
    [InlineData("32KB", "32KB", true)]
    [InlineData("fast", null, false)]
    [InlineData("", null, false)]
    [InlineData("0B", null, false)]
    [InlineData("10/s", "0", false)]
    [InlineData("10/s", "1.5", false)]
    [InlineData("10B/s", "9000TiB", false)]
    public void Of_Texts_AreReadOrRefused(string rate, string? burst, bool isGood)
    {
        if (isGood)
        {
            Assert.Equal(32_000, Pacer.Of(rate, burst).Largest);
        }
        else
        {
            Assert.Throws<FormatException>(() => Pacer.Of(rate, burst));
        }
    }

    [Theory]
    [InlineData("100/s", 100)]
    [InlineData("300/10s", 30)]
    [InlineData("1/h", 1)]
    [InlineData("9007199254740992/us", 1L << 53)]
    public void Of_RateAlone_HasABurstOfOneSecond(string rate, long burst) => Assert.Equal(burst, Pacer.Of(rate).Largest);

    private static Pacer PacerOf(IThrottle throttle, string user) => Pacer.Of(throttle, [("user", user)]);
}
