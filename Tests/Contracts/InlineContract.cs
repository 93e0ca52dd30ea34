using Throttle.Core.Engine;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Contracts;

/// <summary>What inline limits must do, in one process or in a cluster: same cases, same answers.</summary>
public abstract class InlineContract
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly LimiterSpec TenASecond = new TokenBucketSpec(20, new Rate(10, Second));

    /// <summary>One spec of each algorithm with a limit of 8, but for those that have another by nature.</summary>
    public static TheoryData<string> Algorithms() => [.. Each.Keys];

    private static Dictionary<string, LimiterSpec> Each { get; } = new LimiterSpec[]
    {
        new TokenBucketSpec(8, new Rate(8, 60 * Second)),
        new GcraSpec(new Rate(8, 60 * Second), 8),
        new LeakyBucketSpec(8, new Rate(8, 60 * Second)),
        new FixedWindowSpec(8, 60 * Second),
        new SlidingWindowSpec(8, 60 * Second),
        new SlidingLogSpec(8, 60 * Second),
        new ConcurrencySpec(8, 60 * Second),
        new SpacingSpec(60 * Second, 0),
        new QueueSpec(8, new Rate(1, 60 * Second)),
    }.ToDictionary(s => s.Algorithm, StringComparer.Ordinal);

    /// <summary>Starts limits with nothing used.</summary>
    protected abstract Task<InlineHarness> StartAsync();

    [Fact]
    public async Task Take_UpToTheLimit_ThenRefusesWithExactWait()
    {
        await using var engine = await StartAsync();
        for (var left = 19; left >= 0; left--)
        {
            var allowed = await AskAsync(engine, TenASecond, 1);
            Assert.True(allowed.IsAllowed);
            Assert.Equal((20, left), (allowed.Limit, allowed.Remaining));
        }

        var refused = await AskAsync(engine, TenASecond, 1);

        Assert.False(refused.IsAllowed);
        Assert.Equal(Second / 10, refused.RetryAfterTicks);
        Assert.Equal(2 * Second, refused.ResetAfterTicks);
        await engine.AdvanceAsync(TimeSpan.FromTicks(refused.RetryAfterTicks - 1));
        Assert.False((await AskAsync(engine, TenASecond, 1)).IsAllowed);
        await engine.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.True((await AskAsync(engine, TenASecond, 1)).IsAllowed);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Take_NoPermits_AsksAndTakesNothing(string algorithm)
    {
        await using var engine = await StartAsync();
        var limit = Each[algorithm];
        var fresh = await AskAsync(engine, limit, 0);
        var taken = await AskAsync(engine, limit, fresh.Limit);

        var asked = await AskAsync(engine, limit, 0);

        Assert.Equal(fresh.Limit, fresh.Remaining);
        Assert.True(taken.IsAllowed);
        Assert.Equal((true, 0L), (asked.IsAllowed, asked.Remaining));
        Assert.Equal(asked, await AskAsync(engine, limit, 0));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Drain_Refused_EmptiesTheBucket(string algorithm)
    {
        await using var engine = await StartAsync();
        var limit = Each[algorithm];

        var drained = await AskAsync(engine, limit, 9, InlineAction.Drain);

        Assert.False(drained.IsAllowed);
        Assert.True(drained.NeverFits);
        Assert.Equal(0, drained.Remaining);
        Assert.False((await AskAsync(engine, limit, 1)).IsAllowed);
    }

    [Fact]
    public async Task Drain_Allowed_TakesWhatWasAskedAndNoMore()
    {
        await using var engine = await StartAsync();

        var allowed = await AskAsync(engine, TenASecond, 15, InlineAction.Drain);
        var refused = await AskAsync(engine, TenASecond, 6, InlineAction.Drain);

        Assert.Equal((true, 5L), (allowed.IsAllowed, allowed.Remaining));
        Assert.Equal((false, 0L), (refused.IsAllowed, refused.Remaining));
        Assert.Equal(6 * Second / 10, refused.RetryAfterTicks);
        Assert.Equal(2 * Second, refused.ResetAfterTicks);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task GiveBack_AnyNumber_NeverMakesMoreThanANewBucketHolds(string algorithm)
    {
        await using var engine = await StartAsync();
        var limit = Each[algorithm];
        var fresh = await AskAsync(engine, limit, 0);
        await AskAsync(engine, limit, fresh.Limit);

        var one = await AskAsync(engine, limit, 1, InlineAction.GiveBack);
        var most = await AskAsync(engine, limit, Limits.MaxPermits, InlineAction.GiveBack);
        var again = await AskAsync(engine, limit, 3, InlineAction.GiveBack);

        Assert.Equal(1, one.Remaining);
        Assert.Equal(fresh.Limit, most.Remaining);
        Assert.Equal((true, fresh.Limit, fresh.Limit), (again.IsAllowed, again.Limit, again.Remaining));
        Assert.True((await AskAsync(engine, limit, fresh.Limit)).IsAllowed);
        Assert.False((await AskAsync(engine, limit, 1)).IsAllowed);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Reset_UsedBucket_IsNewAndThenTakes(string algorithm)
    {
        await using var engine = await StartAsync();
        var limit = Each[algorithm];
        var fresh = await AskAsync(engine, limit, 0);
        await AskAsync(engine, limit, fresh.Limit);

        var reset = await AskAsync(engine, limit, 1, InlineAction.Reset);
        var asked = await AskAsync(engine, limit, 0, InlineAction.Reset);

        Assert.Equal((true, fresh.Limit - 1), (reset.IsAllowed, reset.Remaining));
        Assert.Equal((true, fresh.Limit, fresh.Limit), (asked.IsAllowed, asked.Limit, asked.Remaining));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Look_UsedBucket_IsAnsweredUnderItsLimitAndUnchanged(string algorithm)
    {
        await using var engine = await StartAsync();
        var limit = Each[algorithm];
        var taken = await AskAsync(engine, limit, 1);

        var looked = await AskAsync(engine, null, 0, InlineAction.Look);

        Assert.Equal((taken.Limit, taken.Remaining), Show(looked));
        Assert.True(looked.ResetAfterTicks > 0);
        Assert.Equal(looked, await AskAsync(engine, null, 0, InlineAction.Look));
        Assert.Equal(looked.Remaining, (await AskAsync(engine, limit, 0)).Remaining);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Forget_UsedBucket_AnswersWhatItWasAndMakesItNew(string algorithm)
    {
        await using var engine = await StartAsync();
        var limit = Each[algorithm];
        var fresh = await AskAsync(engine, limit, 0);
        await AskAsync(engine, limit, fresh.Limit);

        var forgotten = await AskAsync(engine, null, 0, InlineAction.Forget);
        var again = await AskAsync(engine, null, 0, InlineAction.Forget);

        Assert.Equal((fresh.Limit, 0), Show(forgotten));
        Assert.True(forgotten.ResetAfterTicks > 0);
        Assert.Equal(0, again.ResetAfterTicks);
        Assert.Equal(fresh, await AskAsync(engine, limit, 0));
    }

    [Theory]
    [InlineData(InlineAction.Look)]
    [InlineData(InlineAction.Forget)]
    public async Task LookAndForget_BucketThatWasNever_OwesNothing(InlineAction action)
    {
        await using var engine = await StartAsync();

        var answer = await AskAsync(engine, null, 0, action);

        Assert.Equal(InlineCall.NoBucket, answer);
        Assert.Equal((false, 0L, 0L), (answer.IsAllowed, answer.Limit, answer.ResetAfterTicks));
        Assert.Equal(19, (await AskAsync(engine, TenASecond, 1)).Remaining);
    }

    [Theory]
    [InlineData(1.4999999, 1)]
    [InlineData(1.5, 0)]
    public async Task Look_AroundTheInstantItIsFull_SaysWhatIsLeftUntilThen(double seconds, long ticks)
    {
        await using var engine = await StartAsync();
        await AskAsync(engine, TenASecond, 15);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(seconds));

        Assert.Equal(ticks, (await AskAsync(engine, null, 0, InlineAction.Look)).ResetAfterTicks);
    }

    [Fact]
    public async Task AskEach_WithAndWithoutLimits_IsAnsweredInOrder()
    {
        await using var engine = await StartAsync();

        var answers = await engine.Limits.AskEachAsync(
        [
            InlineCall.Look("space", "a"),
            InlineCall.Forget("space", "a"),
            new("space", "a", TenASecond, 15),
            InlineCall.Look("space", "a"),
            InlineCall.Forget("space", "a"),
            InlineCall.Look("space", "a"),
            new("space", "a", TenASecond, 1),
            InlineCall.Look("space", "b"),
        ]);

        Assert.All(answers, a => Assert.Null(a.Error));
        Assert.Equal(
            [0, 0, 15 * Second / 10, 15 * Second / 10, 15 * Second / 10, 0, Second / 10, 0],
            answers.Select(a => a.Decision.ResetAfterTicks));
        Assert.Equal([5, 5, 5, 19], new[] { 2, 3, 4, 6 }.Select(i => answers[i].Decision.Remaining));
    }

    [Fact]
    public async Task Limit_Equal_IsTheSame()
    {
        await using var engine = await StartAsync();
        await AskAsync(engine, new TokenBucketSpec(20, new Rate(10, Second)), 5);

        Assert.Equal(10, (await AskAsync(engine, new TokenBucketSpec(20, new Rate(10, Second)), 5)).Remaining);
    }

    [Theory]
    [InlineData(OnChange.Keep, 5)]
    [InlineData(OnChange.Proportional, 10)]
    [InlineData(OnChange.Additive, 25)]
    [InlineData(OnChange.Reset, 40)]
    public async Task Limit_Changed_IsCarriedOverAndNotRefilled(OnChange onChange, long remaining)
    {
        await using var engine = await StartAsync();
        await AskAsync(engine, TenASecond, 15);

        var changed = await AskAsync(engine, new TokenBucketSpec(40, new Rate(10, Second)), 0, onChange: onChange);

        Assert.Equal((40, remaining), (changed.Limit, changed.Remaining));
        Assert.Equal((20, Math.Min(20, remaining)), Show(await AskAsync(engine, TenASecond, 0)));
    }

    [Theory]
    [InlineData(1.4999999, 39)]
    [InlineData(1.5, 40)]
    public async Task Limit_ChangedOnceNothingIsOwed_BeginsFull(double seconds, long remaining)
    {
        await using var engine = await StartAsync();
        await AskAsync(engine, TenASecond, 15);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(seconds));

        var changed = await AskAsync(engine, new TokenBucketSpec(40, new Rate(10, Second)), 0, onChange: OnChange.Additive);

        Assert.Equal((40, remaining), Show(changed));
    }

    [Fact]
    public async Task Limit_EachAlgorithmAfterTheOther_SpentStaysSpent()
    {
        await using var engine = await StartAsync();
        await AskAsync(engine, Each["token-bucket"], 8);

        foreach (var limit in Each.Values.Reverse())
        {
            Assert.False((await AskAsync(engine, limit, 1)).IsAllowed, limit.Algorithm);
        }
    }

    [Fact]
    public async Task Bucket_OtherSpaceOrKey_IsAnother()
    {
        await using var engine = await StartAsync();
        await engine.Limits.AskAsync(new("one", "key", TenASecond, 20));

        foreach (var call in new InlineCall[] { new("two", "key", TenASecond), new("one", "", TenASecond), new("one", "key ", TenASecond), new("one", "a/b", TenASecond) })
        {
            Assert.Equal(19, (await engine.Limits.AskAsync(call)).Decision.Remaining);
        }
    }

    [Fact]
    public async Task Take_ManyCallersAtOnce_GrantsExactlyTheLimit()
    {
        await using var engine = await StartAsync();
        var admitted = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (var n = 0; n < 50; n++)
            {
                var call = new InlineCall("space", "shared", new TokenBucketSpec(123, new Rate(123, 3600 * Second)));
                if ((await engine.Limits.AskAsync(call)).Decision.IsAllowed)
                {
                    Interlocked.Increment(ref admitted);
                }
            }
        })));

        Assert.Equal(123, admitted);
    }

    [Fact]
    public async Task AskEach_SeveralBuckets_AnswersEachInOrderOnItsOwn()
    {
        await using var engine = await StartAsync();
        var bigger = new TokenBucketSpec(40, new Rate(10, Second));

        var answers = await engine.Limits.AskEachAsync(
        [
            new("space", "a", TenASecond, 15),
            new("space", "b", TenASecond, 21),
            new("space", "a", TenASecond, 6),
            new("space", "a", TenASecond, 6) { Action = InlineAction.Drain },
            new("space", "a", TenASecond, 7) { Action = InlineAction.GiveBack },
            new("space", "a", bigger, 7),
            new("other", "a", TenASecond, 1),
            new("space", "a", bigger, 1) { Action = InlineAction.Reset },
        ]);

        Assert.Equal(
            [(true, 20, 5), (false, 20, 20), (false, 20, 5), (false, 20, 0), (true, 20, 7), (true, 40, 0), (true, 20, 19), (true, 40, 39)],
            answers.Select(a => (a.Decision.IsAllowed, a.Decision.Limit, a.Decision.Remaining)));
        Assert.All(answers, a => Assert.Null(a.Error));
        Assert.Empty(await engine.Limits.AskEachAsync([]));
    }

    [Fact]
    public async Task Ask_PartOutOfRange_ThrowsNamingItAndTakesNothing()
    {
        await using var engine = await StartAsync();
        var good = new InlineCall("space", "key", TenASecond);
        (InlineCall Call, string Says)[] bad =
        [
            (good with { Permits = -1 }, "The permits are -1; use 0 to 9007199254740992."),
            (good with { Permits = Limits.MaxPermits + 1 }, "The permits are 9007199254740993; use 0 to 9007199254740992."),
            (good with { Action = (InlineAction)7 }, "The action is 7; use one of Take, Drain, GiveBack, Reset, Look, Forget."),
            (good with { Limit = null }, "Limit"),
            (InlineCall.Look("space", "key") with { Permits = -1 }, "The permits are -1; use 0 to 9007199254740992."),
            (InlineCall.Forget("space", new('a', 1025)), "The key is 1025 bytes long in UTF-8; use 0 to 1024."),
            (InlineCall.Look("Redis/", "key"), "The space is 'Redis/'; use"),
            (good with { OnChange = (OnChange)(-1) }, "OnChange is -1; use one of Keep, Proportional, Additive, Reset."),
            (good with { Space = "" }, "The space is ''; use 1 to 64 of the characters a-z, 0-9 and -."),
            (good with { Space = "Redis/" }, "The space is 'Redis/'; use"),
            (good with { Space = new('a', 65) }, "use 1 to 64 of the characters"),
            (good with { Key = new('a', 1025) }, "The key is 1025 bytes long in UTF-8; use 0 to 1024."),
            (good with { Key = new('\u20ac', 342) }, "The key is 1026 bytes long in UTF-8; use 0 to 1024."),
            (good with { Key = "half \ud83d" }, "holds half a character"),
            (good with { Limit = new TokenBucketSpec(0, new Rate(10, Second)) }, "The limit of the call: capacity is 0; use 1 to 9007199254740992."),
            (good with { Limit = new GcraSpec(new Rate(0, 1), 0) }, "The limit of the call: burst is 0; use 1 to"),
            (good with { Limit = new FixedWindowSpec(1, 0, CalendarUnit.Day, "Nowhere") }, "time-zone is 'Nowhere'"),
        ];
        await engine.Limits.AskAsync(good);

        foreach (var (call, says) in bad)
        {
            var alone = await Assert.ThrowsAnyAsync<ArgumentException>(async () => await engine.Limits.AskAsync(call));
            var among = await Assert.ThrowsAnyAsync<ArgumentException>(async () => await engine.Limits.AskEachAsync([good, call]));
            Assert.Contains(says, alone.Message, StringComparison.Ordinal);
            Assert.Contains(says, among.Message, StringComparison.Ordinal);
        }

        Assert.Equal(19, (await engine.Limits.AskAsync(good with { Permits = 0 })).Decision.Remaining);
    }

    [Fact]
    public async Task Ask_LongestKey_IsAnswered()
    {
        await using var engine = await StartAsync();

        Assert.Equal(19, (await engine.Limits.AskAsync(new("space", new('a', 1024), TenASecond))).Decision.Remaining);
        Assert.Equal(19, (await engine.Limits.AskAsync(new("space", new string('\u20ac', 341) + "a", TenASecond))).Decision.Remaining);
    }

    [Fact]
    public async Task Ask_Cancelled_ThrowsAndTakesNothing()
    {
        await using var engine = await StartAsync();
        var call = new InlineCall("space", "key", TenASecond);

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await engine.Limits.AskAsync(call, new(canceled: true)));
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await engine.Limits.AskEachAsync([call], new(canceled: true)));

        Assert.Equal(20, (await engine.Limits.AskAsync(call with { Permits = 0 })).Decision.Remaining);
    }

    private static async Task<LimiterDecision> AskAsync(
        InlineHarness engine, LimiterSpec? limit, long permits, InlineAction action = default, OnChange onChange = default)
    {
        var call = new InlineCall("space", "key", limit, permits) { Action = action, OnChange = onChange };
        var answer = engine.Limits.TryAsk(call, out var decision) ? new BucketAnswer(decision) : await engine.Limits.AskAsync(call);
        Assert.Null(answer.Error);
        return answer.Decision;
    }

    private static (long Limit, long Remaining) Show(in LimiterDecision decision) => (decision.Limit, decision.Remaining);
}
