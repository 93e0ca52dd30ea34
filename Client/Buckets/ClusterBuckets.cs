using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client.Buckets;

/// <summary>Buckets that are grains of a cluster.</summary>
/// <remarks>What becomes of calls that fail is written at <see cref="CallFailures"/>.</remarks>
internal sealed partial class ClusterBuckets : IBuckets
{
    private readonly ClusterRules _rules;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly GrainCache _grains;
    private readonly TimeSpan _timeout;
    private readonly GrainCalls _calls;
    private int _waiterCount;

    /// <param name="grains">Makes the grain references.</param>
    /// <param name="rules">The cluster's rules.</param>
    /// <param name="options">Settings, which are good.</param>
    /// <param name="time">Times the turns that are waited for here.</param>
    /// <param name="clock">The same time, as the engine sees it.</param>
    /// <param name="log">Is told of failures.</param>
    public ClusterBuckets(
        IGrainFactory grains, ClusterRules rules, ThrottleClientOptions options, TimeProvider time, MonotonicClock clock, ILogger log)
    {
        (_rules, _time, _clock, _timeout) = (rules, time, clock, options.Timeout);
        _grains = new(grains, options.MaxCachedGrains);
        _calls = new(options.Timeout, log);
    }

    private delegate ValueTask<TReply> Call<in TArgument, TReply>(
        IBucketGrain grain, in BucketCall call, TArgument argument, CancellationToken cancellationToken);

    /// <summary>How many callers of this process wait for their turn.</summary>
    public int WaiterCount => Volatile.Read(ref _waiterCount);

    public ValueTask<BucketAnswer> AcquireAsync(
        BucketCall call, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken) =>
        maxWaitTicks > 0 && call.Permits > 0 && (awaitTurn || call.Rule.Limit is ConcurrencySpec)
            ? new(AwaitTurnAsync(call, maxWaitTicks, cancellationToken))
            : !cancellationToken.CanBeCanceled ? AskAsync(call, maxWaitTicks, isPeek: false, CancellationToken.None)
            : new(CancellablyAsync(
                AskAsync(call, maxWaitTicks, isPeek: false, CancellationToken.None).AsTask(),
                answer => GiveBackAsync([call], [answer]),
                cancellationToken));

    public ValueTask<BucketAnswer> PeekAsync(BucketCall call, long maxWaitTicks, CancellationToken cancellationToken) =>
        AskAsync(call, maxWaitTicks, isPeek: true, cancellationToken);

    public async ValueTask<bool> ReturnAsync(BucketCall call, Grant grant, CancellationToken cancellationToken) =>
        (await GiveBackAsync(call, grant, cancellationToken).ConfigureAwait(false)).IsReturned;

    public async ValueTask<BucketBegin> BeginAsync(BucketCall call, Grant grant, long lagTicks, CancellationToken cancellationToken)
    {
        // Asking again is safe until the call is made; but an answer that comes late is late for the caller too.
        var (reply, error) = await CallAsync(
            call,
            (Grant: BucketGrant.From(grant), Lag: new TimeSpan(lagTicks)),
            static (IBucketGrain grain, in BucketCall c, (BucketGrant Grant, TimeSpan Lag) begin, CancellationToken token) =>
                grain.BeginAsync(begin.Grant, begin.Lag, c.Set.Version, token),
            mayRepeat: true,
            cancellationToken).ConfigureAwait(false);
        return error is null ? reply.ToBegin() : new(default, error);
    }

    public async ValueTask<bool> RanAsync(BucketCall call, Grant grant, long agoTicks, CancellationToken cancellationToken)
    {
        // How long ago it was grows while this is made again.
        var told = _time.GetTimestamp();
        var (isOfUse, _) = await CallAsync(
            call,
            (Grant: BucketGrant.From(grant), Ago: agoTicks, Told: told, Time: _time),
            static (IBucketGrain grain, in BucketCall c, (BucketGrant Grant, long Ago, long Told, TimeProvider Time) ran, CancellationToken token) =>
                grain.RanAsync(
                    ran.Grant, new TimeSpan(Ticks.Add(ran.Ago, ran.Time.GetElapsedTime(ran.Told).Ticks)), c.Set.Version, token),
            mayRepeat: true,
            cancellationToken).ConfigureAwait(false);
        return isOfUse;
    }

    public async ValueTask<Factor?> FactorAsync(BucketCall call, Factor? set, CancellationToken cancellationToken)
    {
        var (billionths, _) = await CallAsync(
            call,
            set?.Billionths,
            static (IBucketGrain grain, in BucketCall c, long? given, CancellationToken token) =>
                grain.FactorAsync(given, c.Set.Version, token),
            mayRepeat: true,
            cancellationToken).ConfigureAwait(false);
        return billionths is { } known ? new Factor(known) : null;
    }

    public async ValueTask<long?> RenewAsync(BucketCall call, Guid leaseId, CancellationToken cancellationToken)
    {
        var (endsAt, _) = await CallAsync(
            call,
            leaseId,
            static (IBucketGrain grain, in BucketCall c, Guid id, CancellationToken token) => grain.RenewAsync(id, c.Set.Version, token),
            mayRepeat: true,
            cancellationToken).ConfigureAwait(false);
        return endsAt;
    }

    public async ValueTask<bool> ResetAsync(BucketCall call, CancellationToken cancellationToken)
    {
        var (wasUsed, _) = await CallAsync(
            call,
            0,
            static (IBucketGrain grain, in BucketCall c, int _, CancellationToken token) => grain.ResetAsync(c.Set.Version, token),
            mayRepeat: true,
            cancellationToken).ConfigureAwait(false);
        return wasUsed;
    }

    /// <summary>
    /// The common case, and so without anything that costs: no delegate, no source of cancellation of its own, and a pooled
    /// state machine.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<BucketAnswer> AskAsync(
        BucketCall call, long maxWaitTicks, bool isPeek, CancellationToken cancellationToken)
    {
        using var deadline = _calls.Deadline(cancellationToken);
        for (var failed = 0; ;)
        {
            Failure reason;
            try
            {
                var reply = await PendingCall.Until(Send(call, maxWaitTicks, isPeek), deadline.Token).ConfigureAwait(false);
                if (reply.Status != BucketStatus.Stale)
                {
                    Notice(call, reply.RulesVersion);
                    return reply.ToAnswer();
                }

                if (await IsOutdatedAsync(call, reply.RulesVersion, deadline.Token).ConfigureAwait(false))
                {
                    return BucketAnswer.Stale;
                }

                reason = Failure.Of(FailureReason.RulesDiffer);
            }
            catch (Exception e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                reason = _calls.Explain(call.Rule.Id, e);
                if (CallFailures.Of(e) is not (CallFailure.NotDelivered or CallFailure.OwnerLost))
                {
                    return BucketAnswer.Failed(reason);
                }
            }

            if (!await _calls.MayRepeatAsync(++failed, deadline.Token).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested();
                return BucketAnswer.Failed(reason);
            }
        }
    }

    private ValueTask<BucketReply> Send(in BucketCall call, long maxWaitTicks, bool isPeek)
    {
        var grain = _grains.Of(call);
        var maxWait = new TimeSpan(maxWaitTicks);
        return isPeek
            ? grain.PeekAsync(call.Permits, maxWait, call.Set.Version, CancellationToken.None)
            : grain.AcquireAsync(call.Permits, maxWait, call.Set.Version, CancellationToken.None);
    }

    /// <summary>
    /// Lets a caller go that was cancelled. A call that takes permits is not cancelled itself, for then nobody would know what
    /// it took: that goes back once it is known, and for a moment the caller waits for it.
    /// </summary>
    private async Task<T> CancellablyAsync<T>(Task<T> asking, Func<T, Task> giveBack, CancellationToken cancellationToken)
    {
        await ((Task)asking.WaitAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (asking.IsCompleted)
        {
            return await asking.ConfigureAwait(false);
        }

        await ((Task)GiveBackAsync().WaitAsync(_timeout / 8, TimeProvider.System, CancellationToken.None))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        throw new OperationCanceledException(cancellationToken);

        async Task GiveBackAsync() => await giveBack(await asking.ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async ValueTask<ReturnReply> GiveBackAsync(BucketCall call, Grant grant, CancellationToken cancellationToken)
    {
        // A lease is ended once, however often it is asked for; other permits could come back twice.
        var (reply, _) = await CallAsync(
            call,
            BucketGrant.From(grant),
            static (IBucketGrain grain, in BucketCall c, BucketGrant given, CancellationToken token) =>
                grain.ReturnAsync(given, c.Set.Version, token),
            mayRepeat: grant.LeaseId != default,
            cancellationToken).ConfigureAwait(false);
        return reply;
    }

    /// <summary>One call to a bucket whose failure is told apart from its reply.</summary>
    /// <returns>The reply, or the default value and why there is none.</returns>
    private ValueTask<(TReply? Reply, Failure? Error)> CallAsync<TArgument, TReply>(
        BucketCall call, TArgument argument, Call<TArgument, TReply> ask, bool mayRepeat, CancellationToken cancellationToken) =>
        _calls.CallAsync(
            call.Rule.Id,
            (Buckets: this, Call: call, Argument: argument, Ask: ask),
            static (asked, token) => asked.Ask(asked.Buckets._grains.Of(asked.Call), asked.Call, asked.Argument, token),
            mayRepeat,
            cancellationToken);

    /// <summary>An answer by newer rules than the caller's: they are fetched, without holding up the caller.</summary>
    private void Notice(in BucketCall call, long rulesVersion)
    {
        if (rulesVersion > call.Set.Version)
        {
            _rules.Expect(rulesVersion);
        }
    }

    /// <summary>
    /// After a bucket has called the caller's rules stale: makes the rules known here as new as the bucket's.
    /// </summary>
    /// <returns>Whether the caller's are no longer those in force here, so that it should ask anew.</returns>
    private async ValueTask<bool> IsOutdatedAsync(BucketCall call, long rulesVersion, CancellationToken cancellationToken)
    {
        await _rules.EnsureAsync(rulesVersion, cancellationToken).ConfigureAwait(false);
        return !ReferenceEquals(_rules.Current, call.Set);
    }
}
