using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>How the engine asks for several requests: what travels together, what is asked again, what goes back.</summary>
public sealed class ReserveEachTests : IDisposable
{
    private static readonly ThrottleRequest User = new([("user", "1")]);
    private static readonly ThrottleRequest OtherUser = new([("user", "2")]);
    private static readonly ThrottleRequest Both = new([("user", "1"), ("path", "/x")]);

    private readonly FakeBuckets _buckets = new();
    private readonly ThrottleInstruments _instruments;
    private readonly ThrottleEngine _engine;

    public ReserveEachTests()
    {
        var rules = new LocalRules([
            LimitBy.TokenBucket("user", 5, "1/s", "user"),
            LimitBy.TokenBucket("path", 5, "1/s", "path"),
            LimitBy.TokenBucket("strict", 5, "1/s", "strict") with { OnError = OnError.Deny },
        ]);
        _instruments = new(this);
        _engine = new(rules, _buckets, new MonotonicClock(TimeProvider.System), _instruments);
    }

    public void Dispose() => _instruments.Dispose();

    [Fact]
    public async Task ReserveEach_OneRuleEach_TravelTogetherInOrder()
    {
        await _engine.ReserveEachAsync([User, OtherUser, User, new([("path", "/x")], 2), new([("method", "GET")])]);

        Assert.Equal(["each user/1 user/2 user/1 path//x*2"], _buckets.Asked);
    }

    [Fact]
    public async Task ReserveEach_SeveralRulesForTheSameBucket_AreAskedBetween()
    {
        await _engine.ReserveEachAsync([User, Both, User]);

        Assert.Equal(["each user/1", "all user/1 path//x", "each user/1"], _buckets.Asked);
    }

    [Fact]
    public async Task ReserveEach_SeveralRulesForOtherBuckets_PartNobody()
    {
        await _engine.ReserveEachAsync([OtherUser, Both, OtherUser]);

        Assert.Equal(["all user/1 path//x", "each user/2 user/2"], _buckets.Asked);
    }

    [Fact]
    public async Task ReserveEach_MayWait_IsAskedByItself()
    {
        await _engine.ReserveEachAsync([OtherUser, User with { MaxWait = TimeSpan.FromTicks(1) }]);

        Assert.Equal(["one user/1", "each user/2"], _buckets.Asked);
    }

    [Fact]
    public async Task ReserveEach_Stale_AreAskedAgainTogether()
    {
        _buckets.Answers.Enqueue(BucketAnswer.Stale);
        _buckets.Answers.Enqueue(FakeBuckets.Allowed(1));
        _buckets.Answers.Enqueue(BucketAnswer.Stale);

        var answers = await _engine.ReserveEachAsync([User, OtherUser, User]);

        Assert.Equal(["each user/1 user/2 user/1", "each user/1 user/1"], _buckets.Asked);
        Assert.All(answers, a => Assert.True(a.IsAllowed));
    }

    [Fact]
    public async Task ReserveEach_NoAnswerToBeHad_FollowsOnErrorForThatOneOnly()
    {
        _buckets.Answers.Enqueue(BucketAnswer.Failed(Failure.Of(FailureReason.NoAnswer)));
        _buckets.Answers.Enqueue(BucketAnswer.Failed(Failure.Of(FailureReason.NoAnswer)));

        var answers = await _engine.ReserveEachAsync([User, new([("strict", "1")]), User]);

        Assert.Equal([true, false, true], answers.Select(a => a.IsAllowed));
        Assert.Equal([FailureReason.NoAnswer, FailureReason.NoAnswer, null], answers.Select(a => a.Error?.Reason));
    }

    [Fact]
    public async Task ReserveEach_OneThrows_GivesBackWhatTheOthersTook()
    {
        _buckets.OneFails = true;

        await Assert.ThrowsAsync<IOException>(async () =>
            await _engine.ReserveEachAsync([OtherUser, User with { MaxWait = TimeSpan.FromTicks(1) }, Both]));

        Assert.Equal(["one user/1", "all user/1 path//x", "each user/2", "return path//x", "return user/1", "return user/2"], _buckets.Asked);
    }

    [Fact]
    public void InvalidRequests_NoFault_IsRefused() =>
        Assert.Throws<ArgumentException>("faults", () => new InvalidRequestsException([]));

    private sealed class FakeBuckets : IBuckets
    {
        public List<string> Asked { get; } = [];

        /// <summary>The next answers; allowed when there are none left.</summary>
        public Queue<BucketAnswer> Answers { get; } = new();

        public bool OneFails { get; set; }

        public static BucketAnswer Allowed(long permits) => new(LimiterDecision.Allowed(5, 4, 0, 1, new Grant(permits, 1)));

        public ValueTask<BucketAnswer> AcquireAsync(BucketCall call, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
        {
            Note("one", call);
            return OneFails ? throw new IOException("away") : new(Answer(call));
        }

        public ValueTask<BucketAnswer[]> AcquireEachAsync(BucketCall[] calls, CancellationToken cancellationToken)
        {
            Note("each", calls);
            return new(Array.ConvertAll(calls, Answer));
        }

        public ValueTask<BucketAnswer[]> AcquireAllAsync(
            BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
        {
            Note("all", calls);
            return new(Array.ConvertAll(calls, Answer));
        }

        public ValueTask<bool> ReturnAsync(BucketCall call, Grant grant, CancellationToken cancellationToken)
        {
            Note("return", call with { Permits = grant.Permits });
            return new(true);
        }

        public ValueTask<BucketAnswer> PeekAsync(BucketCall call, long maxWaitTicks, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nobody peeks here.");

        public ValueTask<BucketBegin> BeginAsync(BucketCall call, Grant grant, long lagTicks, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nobody begins here.");

        public ValueTask<bool> RanAsync(BucketCall call, Grant grant, long agoTicks, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nothing runs here.");

        public ValueTask<Factor?> FactorAsync(BucketCall call, Factor? set, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nothing adapts here.");

        public ValueTask<long?> RenewAsync(BucketCall call, Guid leaseId, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nobody renews here.");

        public ValueTask<bool> ResetAsync(BucketCall call, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nobody resets here.");

        private BucketAnswer Answer(BucketCall call) => Answers.TryDequeue(out var answer) ? answer : Allowed(call.Permits);

        private void Note(string what, params BucketCall[] calls) =>
            Asked.Add($"{what} {string.Join(' ', calls.Select(c => $"{c.Rule.Id}/{c.Key}{(c.Permits == 1 ? "" : $"*{c.Permits}")}"))}");
    }
}
