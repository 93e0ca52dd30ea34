using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

/// <content>The first question to a bucket that does not exist yet, under every algorithm and every option.</content>
public abstract partial class EngineContract
{
    private static readonly Rate TwoASecond = new(2, TimeSpan.TicksPerSecond);

    /// <summary>Specs in which every algorithm occurs, and every property of each with a value that is not its default.</summary>
    private static readonly LimiterSpec[] FirstSpecs =
    [
        new TokenBucketSpec(4, TwoASecond),
        new TokenBucketSpec(4, TwoASecond) { Debt = 40 },
        new TokenBucketSpec([new(4, TwoASecond), new(6, new(1, TimeSpan.TicksPerSecond))]),
        new GcraSpec(TwoASecond, 4),
        new LeakyBucketSpec(4, TwoASecond),
        new LeakyBucketSpec(4, TwoASecond, new AdaptiveNumbers()),
        new LeakyBucketSpec(4, TwoASecond, new AdaptiveNumbers { Mode = AdaptiveMode.PerCall }),
        new FixedWindowSpec(4, TimeSpan.TicksPerSecond),
        new FixedWindowSpec(4, TimeSpan.TicksPerSecond) { Anchor = WindowAnchor.FirstUse },
        new FixedWindowSpec(4, 0, CalendarUnit.Week, "Europe/Berlin", DayOfWeek.Sunday),
        new SlidingLogSpec(4, TimeSpan.TicksPerSecond),
        new SlidingWindowSpec(4, TimeSpan.TicksPerSecond),
        new SpacingSpec(TimeSpan.TicksPerSecond, 4),
        new SpacingSpec(TimeSpan.TicksPerSecond, 4, TimeSpan.TicksPerSecond / 2),
        new QueueSpec(4, TwoASecond),
        new QueueSpec(4, TwoASecond, TimeSpan.TicksPerSecond),
        new ConcurrencySpec(4, TimeSpan.TicksPerMinute),
    ];

    private static readonly (long Cost, TimeSpan MaxWait)[] FirstAsks =
        [.. from cost in new[] { 0L, 1, 2, 4, 5, 10, 44, 45 }
            from wait in new[] { TimeSpan.Zero, Second / 2, Second, 3 * Second, TimeSpan.FromSeconds(100) }
            select (cost, wait)];

    /// <summary>The answers, by the limiter alone.</summary>
    private static IEnumerable<(Rule Rule, string User, long Cost, TimeSpan MaxWait, LimiterDecision Expected)> FirstCases(DateTimeOffset now) =>
        from place in Enumerable.Range(0, FirstSpecs.Length)
        let rule = new Rule { Id = $"first-{place}", Key = ["user"], Limit = FirstSpecs[place] }
        from ask in FirstAsks
        select (rule, $"{ask.Cost} within {ask.MaxWait.TotalSeconds}", ask.Cost, ask.MaxWait, rule.Limit.Accept(
            new FirstAnswer(ask.Cost, now.UtcTicks, ask.MaxWait.Ticks)));

    [Fact]
    public void First_Specs_HaveEveryAlgorithmAndEveryOption()
    {
        var kinds = typeof(LimiterSpec).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LimiterSpec)));
        foreach (var kind in kinds)
        {
            var specs = FirstSpecs.Where(spec => spec.GetType() == kind).ToArray();
            Assert.True(specs.Length > 0, $"No first question is asked of {kind.Name}.");
            var missing = kind.GetProperties().Where(property => property.CanWrite && specs.All(spec =>
                property.GetValue(spec) is var value && (value is null || value.Equals(DefaultOf(property.PropertyType)))));
            Assert.Empty(missing.Select(property => $"{kind.Name}.{property.Name}"));
        }

        static object? DefaultOf(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    [Fact]
    public async Task First_Reserve_AnswersAsTheLimiter()
    {
        await using var engine = await StartAsync([.. FirstCases(default).Select(c => c.Rule).Distinct()]);
        var differing = new List<string>();
        foreach (var (rule, user, cost, wait, expected) in FirstCases(engine.Now))
        {
            // A question that a lease's holder must end first would wait here; ReserveAsync of others answers at once.
            var request = new ThrottleRequest([("user", user)], cost, rule.Limit is ConcurrencySpec ? default : wait) { Rule = rule.Id };
            var answer = await engine.Throttle.ReserveAsync(request);
            Compare(differing, rule, user, expected, Assert.Single(answer.Rules).Limiter);
        }

        Assert.Empty(differing);
    }

    [Fact]
    public async Task First_Peek_AnswersAsTheLimiter()
    {
        await using var engine = await StartAsync([.. FirstCases(default).Select(c => c.Rule).Distinct()]);
        var differing = new List<string>();
        foreach (var (rule, user, cost, wait, expected) in FirstCases(engine.Now))
        {
            var answer = await engine.Throttle.PeekAsync(new ThrottleRequest([("user", user)], cost, wait) { Rule = rule.Id });
            Compare(differing, rule, user, expected, Assert.Single(answer.Rules).Limiter);
        }

        Assert.Empty(differing);
    }

    [Fact]
    public async Task First_Acquire_CompletesWhenTheLimiterSaysAndNotBefore()
    {
        await using var engine = await StartAsync([.. FirstCases(default).Select(c => c.Rule).Distinct()]);
        var start = engine.Now;
        var cases = FirstCases(start).Where(c => c.Expected.IsAllowed).ToArray();
        var asked = cases.Select(c => engine.Throttle.AcquireAsync(
            new ThrottleRequest([("user", c.User)], c.Cost, c.MaxWait) { Rule = c.Rule.Id }).AsTask()).ToArray();

        foreach (var instant in cases.Select(c => c.Expected.DelayTicks).Distinct().Order())
        {
            await engine.AdvanceAsync(start + TimeSpan.FromTicks(instant) - engine.Now);
            var due = cases.Zip(asked).Where(pair => pair.First.Expected.DelayTicks <= instant).ToArray();
            await Task.WhenAll(due.Select(pair => pair.Second)).WaitAsync(Patience);
            Assert.DoesNotContain(cases.Zip(asked), pair => pair.First.Expected.DelayTicks > instant && pair.Second.IsCompleted);
        }

        Assert.Contains(cases, c => c.Expected.DelayTicks > 0);
        Assert.All(cases.Zip(asked), pair => Assert.Equal(
            (true, start + TimeSpan.FromTicks(pair.First.Expected.DelayTicks)), (pair.Second.Result.IsAllowed, pair.Second.Result.At)));
    }

    [Fact]
    public async Task First_AcquireCancelledWhileItWaits_LeavesNoDebt()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("debt", 4, "2/s", "user") with { Limit = new TokenBucketSpec(4, TwoASecond) { Debt = 40 } });
        using var cancel = new CancellationTokenSource();
        var waiting = engine.Throttle.AcquireAsync([("user", "1")], cost: 10, 100 * Second, cancel.Token).AsTask();
        var behind = engine.Throttle.AcquireAsync([("user", "1")], cost: 4, 100 * Second).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        Assert.True((await behind.WaitAsync(Patience)).IsAllowed);
        Assert.Equal(Second / 2, (await engine.Throttle.AcquireAsync([("user", "1")])).RetryAfter);
    }

    private static void Compare(List<string> differing, Rule rule, string user, LimiterDecision expected, LimiterDecision actual)
    {
        if (Shown(expected) != Shown(actual))
        {
            differing.Add($"{rule.Limit}: {user}: expected {Shown(expected)}, was {Shown(actual)}.");
        }
    }

    private static (bool IsAllowed, bool NeverFits, long Remaining, long Delay, long RetryAfter, long ResetAfter) Shown(LimiterDecision decision) => (
        decision.IsAllowed, decision.NeverFits, decision.Remaining, decision.DelayTicks, decision.RetryAfterTicks, decision.ResetAfterTicks);

    private sealed class FirstAnswer(long cost, long now, long maxWaitTicks) : ILimiterVisitor<LimiterDecision>
    {
        public LimiterDecision Visit<TState>(ILimiter<TState> limiter)
            where TState : struct
        {
            var state = limiter.Create(now);
            return limiter.Acquire(ref state, cost, now, maxWaitTicks);
        }
    }
}
