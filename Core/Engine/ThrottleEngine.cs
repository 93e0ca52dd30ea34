using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>
/// The one path of every request: match the rules, make the keys, take from each bucket all or nothing, combine. The same
/// in one process and in a cluster; what differs is behind <see cref="IRules"/> and <see cref="IBuckets"/>.
/// </summary>
public sealed partial class ThrottleEngine : IThrottle
{
    private const int MatchesOnStack = 16;
    private readonly IRules _rules;
    private readonly IBuckets _buckets;
    private readonly MonotonicClock _clock;
    private readonly ThrottleInstruments _instruments;
    private readonly UnmatchedWatch _unmatched;

    /// <summary>An engine over rules and buckets.</summary>
    /// <param name="rules">The rules in force.</param>
    /// <param name="buckets">The buckets.</param>
    /// <param name="clock">Tells the instant of answers that no bucket gave.</param>
    /// <param name="instruments">What is counted.</param>
    /// <param name="unmatched">What becomes of requests that match no rule.</param>
    /// <param name="onUnmatched">Is told of such requests once a minute, unless they are simply allowed; null for nobody.</param>
    public ThrottleEngine(
        IRules rules,
        IBuckets buckets,
        MonotonicClock clock,
        ThrottleInstruments instruments,
        UnmatchedRequests unmatched = UnmatchedRequests.Allow,
        Action<string>? onUnmatched = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(buckets);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(instruments);
        (_rules, _buckets, _clock, _instruments) = (rules, buckets, clock, instruments);
        _unmatched = new(unmatched, onUnmatched, clock);
        instruments.CountUnmatched(_unmatched);
    }

    /// <inheritdoc/>
    public ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(request, awaitTurn: true, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        AskAsync(request, awaitTurn: false, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default)
    {
        Check(request);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var calls = Match(request);
            var answers = new BucketAnswer[calls.Length];
            for (var i = 0; i < calls.Length; i++)
            {
                answers[i] = await _buckets.PeekAsync(calls[i], request.MaxWait.Ticks, cancellationToken).ConfigureAwait(false);
            }

            if (calls.Length == 0)
            {
                return new(_clock.Now, isAllowed: request.Rule is not null || !_unmatched.Refuses);
            }

            if (!answers.Any(a => a.IsStale))
            {
                return Combine(calls, answers);
            }
        }
    }

    /// <summary>No rule matches. A rule that was asked by its name, and is off, is as if it were not there.</summary>
    private Decision DecideUnmatched(in ThrottleRequest request)
    {
        if (request.Rule is not null)
        {
            return new(_clock.Now);
        }

        _unmatched.Note(_rules.Current, request.Attributes);
        return new(_clock.Now, isAllowed: !_unmatched.Refuses);
    }

    /// <summary>Answers, at the caller's turn or at once; passed by reference, for the request is large.</summary>
    internal ValueTask<Decision> AskAsync(in ThrottleRequest request, bool awaitTurn, CancellationToken cancellationToken)
    {
        if (request.MaxWait != TimeSpan.Zero || cancellationToken.IsCancellationRequested)
        {
            return AskAnyAsync(request, awaitTurn, cancellationToken);
        }

        return TryAnswer(request, out var call, out var decision) ? new(decision)
            : call.Set is null ? AskAnyAsync(request, awaitTurn, cancellationToken)
            : AskOneAsync(request, call, awaitTurn, cancellationToken);
    }

    private static void Check(in ThrottleRequest request)
    {
        if (request.Cost is < 0 or > Limits.MaxPermits)
        {
            throw new ArgumentOutOfRangeException(
                nameof(request), request.Cost, $"cost is {request.Cost}; use 0 to {Limits.MaxPermits}.");
        }

        if (request.MaxWait < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(
                nameof(request), request.MaxWait, $"MaxWait is {request.MaxWait}; use zero or more.");
        }

        if (request is { Key: not null, Rule: null })
        {
            throw new ArgumentException($"Key is '{request.Key}' without a rule; a key names a bucket of one rule.", nameof(request));
        }
    }

    /// <summary>
    /// The common case: one enforced rule, nobody waits, and the bucket answers on the spot. Kept apart from the rest, whose
    /// many locals would have to be cleared each time.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="call">The call to the only bucket, also where it is not answered on the spot; else the default value.</param>
    /// <param name="decision">The answer, when true is returned.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAnswer(in ThrottleRequest request, out BucketCall call, [NotNullWhen(true)] out Decision? decision)
    {
        Check(request);
        var set = _rules.Current;
        var index = OnlyRule(set, request);
        if (index >= 0 && set.Rules[index] is { Mode: RuleMode.Enforce } rule)
        {
            var permits = set.CostsOne(index) ? request.Cost : rule.CostOf(request.Attributes, request.Cost);
            call = new(set, index, KeyOf(rule, request), permits);
            if (_buckets.TryAcquire(call, out var answer))
            {
                decision = new(rule, call.Key, answer, answer.IsAllowed ? answer.Grant.ValidAt : _clock.Now);
                _instruments.Count(set, index, decision.Single, decision.IsAllowed);
                return true;
            }
        }
        else
        {
            call = default;
        }

        decision = null;
        return false;
    }

    private ValueTask<Decision> AskAnyAsync(in ThrottleRequest request, bool awaitTurn, CancellationToken cancellationToken)
    {
        Check(request);
        cancellationToken.ThrowIfCancellationRequested();
        return AskAsync(request, Match(request), awaitTurn, cancellationToken);
    }

    private ValueTask<Decision> AskAsync(
        in ThrottleRequest request, BucketCall[] calls, bool awaitTurn, CancellationToken cancellationToken) =>
        calls switch
        {
            [] => new(DecideUnmatched(request)),
            [var only] when only.Rule.Mode == RuleMode.Enforce => AskOneAsync(request, only, awaitTurn, cancellationToken),
            _ => AskSeveralAsync(request, calls, awaitTurn, cancellationToken),
        };

    /// <summary>One enforced rule, under which the caller may wait, or whose bucket is not in this process.</summary>
    private ValueTask<Decision> AskOneAsync(
        in ThrottleRequest request, in BucketCall call, bool awaitTurn, CancellationToken cancellationToken)
    {
        var asking = _buckets.AcquireAsync(call, request.MaxWait.Ticks, awaitTurn, cancellationToken);
        if (!asking.IsCompletedSuccessfully)
        {
            return AwaitOneAsync(asking, request, call, awaitTurn, cancellationToken);
        }

        var answer = asking.Result;
        return answer.IsStale ? AskAsync(request, awaitTurn, cancellationToken) : new(One(call, answer));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Decision> AwaitOneAsync(
        ValueTask<BucketAnswer> asking, ThrottleRequest request, BucketCall call, bool awaitTurn, CancellationToken cancellationToken)
    {
        var deadline = request.MaxWait == TimeSpan.Zero ? 0 : Ticks.Add(_clock.Now, request.MaxWait.Ticks);
        var answer = await asking.ConfigureAwait(false);
        return answer.IsStale
            ? await AskAsync(LeftOf(request, deadline), awaitTurn, cancellationToken).ConfigureAwait(false)
            : One(call, answer);
    }

    private async ValueTask<Decision> AskSeveralAsync(
        ThrottleRequest request, BucketCall[] calls, bool awaitTurn, CancellationToken cancellationToken)
    {
        var deadline = Ticks.Add(_clock.Now, request.MaxWait.Ticks);
        var enforced = Array.FindAll(calls, c => c.Rule.Mode == RuleMode.Enforce);
        var enforcedAnswers = enforced.Length == 0
            ? []
            : await _buckets.AcquireAllAsync(enforced, request.MaxWait.Ticks, awaitTurn, cancellationToken).ConfigureAwait(false);
        if (enforcedAnswers.Any(a => a.IsStale))
        {
            return await AskAsync(LeftOf(request, deadline), awaitTurn, cancellationToken).ConfigureAwait(false);
        }

        var isTaken = Enumerable.Range(0, enforced.Length).All(i => Passes(enforced[i], enforcedAnswers[i]));
        var answers = new BucketAnswer[calls.Length];
        for (int i = 0, next = 0; i < calls.Length; i++)
        {
            answers[i] = calls[i].Rule.Mode == RuleMode.Enforce
                ? enforcedAnswers[next++]
                : await AskShadowAsync(calls[i], isTaken, request.MaxWait.Ticks).ConfigureAwait(false);
        }

        var decision = Combine(calls, answers);
        Count(calls, decision, isTaken);
        return decision;
    }

    /// <summary>A shadow rule takes what it would take if it were enforced alone, and holds nobody up.</summary>
    private async ValueTask<BucketAnswer> AskShadowAsync(BucketCall call, bool isTaken, long maxWaitTicks)
    {
        var wait = call.Rule.Limit is ConcurrencySpec ? 0 : maxWaitTicks;
        var answer = isTaken
            ? await _buckets.AcquireAsync(call, wait, awaitTurn: false, CancellationToken.None).ConfigureAwait(false)
            : await _buckets.PeekAsync(call, wait, CancellationToken.None).ConfigureAwait(false);

        // The rule went while the others were asked: it has nothing to say any more, and nobody is refused for it.
        return answer.IsStale ? BucketAnswer.Failed(Failure.Of(FailureReason.RulesDiffer)) : answer;
    }

    private ThrottleRequest LeftOf(in ThrottleRequest request, long deadline) =>
        request with { MaxWait = Ticks.ToTimeSpan(Math.Max(0, deadline - _clock.Now)) };
}
