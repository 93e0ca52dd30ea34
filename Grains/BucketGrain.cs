using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Storage;
using Throttle.Grains.Waiting;

namespace Throttle.Grains;

/// <summary>
/// One bucket's owner: a shell around a <see cref="Core.Engine.Bucket"/>. It finds its rule in the silo's set, reads the clock,
/// calls, and keeps what comes out: in memory, in storage, and for those who wait.
/// </summary>
/// <remarks>
/// <para>Reentrant, because callers are held while they wait. Between reading and taking there is never an await.</para>
/// <para>Placed by its key's hash: silos that need the same new bucket at once choose the same place without asking, and buckets
/// spread evenly wherever their callers are. A silo that stops is no choice, so what it hands over goes elsewhere.</para>
/// </remarks>
[Reentrant]
[HashBasedPlacement]
[CollectionAgeLimit(Minutes = 2)]
internal abstract partial class BucketGrain(IGrainContext grainContext, BucketContext context)
    : IGrainBase, IBucketGrain, IStoredBucket
{
    // Keeps a bucket that is in use from saying again and again that it must not be collected.
    private const long KeepSlack = 10 * Ticks.PerSecond;
    private static readonly long LongestKeep = 1000 * Ticks.PerDay;

    private RuleSet? _set;
    private Rule? _rule;
    private Bucket? _bucket;
    private long _bucketVersion;
    private BucketStorage? _storage;
    private WaitRoom? _room;
    private long _keptUntil;
    private bool _isReady;

    public IGrainContext GrainContext => grainContext;

    GrainId IStoredBucket.GrainId => grainContext.GrainId;

    Bucket? IStoredBucket.Bucket => _bucket;

    long IStoredBucket.BucketVersion => _bucketVersion;

    /// <summary>Whether this kind of grain is for such limits.</summary>
    protected abstract bool Serves(LimiterSpec limit);

    /// <summary>What all buckets of the silo share.</summary>
    protected BucketContext Context => context;

    /// <summary>The bucket; null while there is none.</summary>
    protected Bucket? Bucket => _bucket;

    /// <summary>The rule; null where it is gone or has another kind of grain.</summary>
    protected Rule? Rule => _rule;

    /// <summary>The grain's key.</summary>
    protected string GrainKey => grainContext.GrainId.Key.ToString()!;

    /// <summary>Whether the bucket was restored or moved, rather than made anew.</summary>
    protected bool IsRestored { get; private set; }

    protected long Now => context.Clock.Now;

    protected long RulesVersion => _set?.Version ?? 0;

    public ValueTask<BucketReply> AcquireAsync(
        long permits = 1, TimeSpan maxWait = default, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        CheckPermits(permits, least: 0);
        CheckWait(maxWait);
        return IsReady(rulesVersion)
            ? Acquire(permits, maxWait.Ticks, cancellationToken)
            : AcquireWhenReadyAsync(permits, maxWait.Ticks, rulesVersion, cancellationToken);
    }

    public ValueTask<BucketReply[]> AcquireEachAsync(
        long[] permits, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(permits);
        foreach (var each in permits)
        {
            CheckPermits(each, least: 0);
        }

        return WhenReadyAsync(
            rulesVersion,
            () => AcquireEachAsync(permits, cancellationToken),
            reply => [.. Enumerable.Repeat(reply, permits.Length)],
            cancellationToken);
    }

    public ValueTask<BucketReply> PeekAsync(
        long permits = 0, TimeSpan maxWait = default, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        CheckPermits(permits, least: 0);
        CheckWait(maxWait);
        return WhenReadyAsync(rulesVersion, () => new(Peek(permits, maxWait.Ticks)), reply => reply, cancellationToken);
    }

    public ValueTask<ReturnReply> ReturnAsync(
        BucketGrant grant, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        CheckPermits(grant.Permits, least: 0);
        return WhenReadyAsync<ReturnReply>(
            rulesVersion,
            () =>
            {
                var isReturned = _bucket!.Return(grant.ToGrant(), Now);
                CountReturned(isReturned ? grant.Permits : 0);
                Touch();
                return new(new ReturnReply(isReturned, Peek(0, maxWaitTicks: 0)));
            },
            reply => new(IsReturned: false, reply),
            cancellationToken);
    }

    public ValueTask<long?> RenewAsync(
        Guid leaseId, long rulesVersion = 0, CancellationToken cancellationToken = default) =>
        WhenReadyAsync<long?>(
            rulesVersion,
            () => RenewAsync(leaseId, cancellationToken),
            reply => reply.Status == BucketStatus.Stale ? null : throw new InvalidOperationException(reply.Error),
            cancellationToken);

    public async ValueTask<bool> ResetAsync(long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        var (wasUsed, error) = await WhenReadyAsync<(bool, Failure?)>(
            rulesVersion,
            ResetAsync,
            reply => (false, Failure.Parse(reply.Error)),
            cancellationToken);
        if (error is not null && _bucket is null && _storage is not null)
        {
            // What storage holds cannot be read, so it is not missed.
            (wasUsed, error) = (true, await _storage.ClearAsync().InTimeAsync(cancellationToken));
        }

        return error is null ? wasUsed : throw new InvalidOperationException(error.ToString());
    }

    /// <summary>The instant at which <see cref="OnWake"/> has something to do, in ticks.</summary>
    protected virtual long WakeAt => Ticks.Never;

    /// <summary>Whether there is more than the bucket that must go on elsewhere when this activation ends.</summary>
    protected virtual bool HasMore => false;

    /// <summary>The grain's timer has come.</summary>
    protected virtual void OnWake()
    {
    }

    /// <summary>The rules are others, and the bucket lives by them already, as far as it can.</summary>
    protected virtual void OnRules()
    {
    }

    /// <summary>What is in memory counts no more.</summary>
    protected virtual void OnForget()
    {
    }

    /// <summary>Whether all else that the rule needs is there.</summary>
    protected virtual bool IsPrepared(Rule rule) => true;

    /// <summary>Makes all else that the rule needs; the bucket is there.</summary>
    protected virtual Task PrepareAsync(Rule rule) => Task.CompletedTask;

    /// <summary>The activation ends.</summary>
    /// <param name="isTrusted">Whether what is in memory may be stored.</param>
    /// <param name="reason">Why it ends.</param>
    protected virtual Task OnEndAsync(bool isTrusted, DeactivationReason reason) => Task.CompletedTask;

    private static bool IsTaken(LimiterDecision decision) => decision is { IsAllowed: true, Grant.Permits: > 0 };

    protected static void CheckPermits(long permits, long least)
    {
        if (permits < least || permits > Limits.MaxPermits)
        {
            throw new ArgumentOutOfRangeException(nameof(permits), $"permits is {permits}; use {least} to {Limits.MaxPermits}.");
        }
    }

    private static void CheckWait(TimeSpan maxWait)
    {
        if (maxWait < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(maxWait), $"maxWait is {maxWait}; use 0 to {TimeSpan.MaxValue}.");
        }
    }

    /// <summary>Whether the bucket lives by the silo's present rules, and those are as new as the caller's.</summary>
    protected bool IsReady(long rulesVersion) =>
        _isReady && ReferenceEquals(_set, context.Rules.Current) && rulesVersion <= _set.Version;

    private ValueTask<BucketReply> AcquireWhenReadyAsync(
        long permits, long maxWaitTicks, long rulesVersion, CancellationToken cancellationToken) =>
        WhenReadyAsync(
            rulesVersion, () => Acquire(permits, maxWaitTicks, cancellationToken), reply => reply, cancellationToken);

    // Not async: most calls end here at once, and should cost no more than they must.
    private ValueTask<BucketReply> Acquire(long permits, long maxWaitTicks, CancellationToken cancellationToken)
    {
        var now = Now;
        var decision = Take(permits, now, maxWaitTicks);
        if (!IsTaken(decision))
        {
            return new(new BucketReply(decision, RulesVersion));
        }

        if (!IsCovered(now))
        {
            return CoverAndAnswerAsync(decision, cancellationToken);
        }

        CountGranted(decision, now);
        return new(new BucketReply(decision, RulesVersion));
    }

    private async ValueTask<BucketReply[]> AcquireEachAsync(long[] permits, CancellationToken cancellationToken)
    {
        var now = Now;
        var version = RulesVersion;
        var decisions = Array.ConvertAll(permits, each => Take(each, now, maxWaitTicks: 0));
        PendingTake[] takes = IsCovered(now) ? [] : [.. decisions.Where(IsTaken).Select(d => new PendingTake(d.Grant))];
        var error = takes.Length > 0 ? await CoverAsync(takes, cancellationToken) : null;
        foreach (var decision in decisions.Where(d => error is null && IsTaken(d)))
        {
            CountGranted(decision, now);
        }

        return Array.ConvertAll(
            decisions, d => error is not null && IsTaken(d) ? BucketReply.Failed(error, version) : new(d, version));
    }

    private async ValueTask<long?> RenewAsync(Guid leaseId, CancellationToken cancellationToken)
    {
        var now = Now;
        var endsAt = _bucket!.Renew(leaseId, now);
        if (endsAt is not null)
        {
            Keep(now, _bucket.Peek(0, now).ResetAfterTicks);
            Touch();
            if (!IsCovered(now) && await CoverAsync([], cancellationToken) is { } error)
            {
                throw new InvalidOperationException(error.ToString());
            }
        }

        return endsAt;
    }

    private async ValueTask<(bool WasUsed, Failure? Error)> ResetAsync()
    {
        var wasUsed = _bucket!.Reset(Now);
        DoNotKeep();
        Touch();
        return (wasUsed, await StoreAsync());
    }

    private LimiterDecision Take(long permits, long now, long maxWaitTicks)
    {
        var decision = _bucket!.Acquire(permits, now, maxWaitTicks);
        if (IsTaken(decision))
        {
            Keep(now, decision.ResetAfterTicks);
            if (_storage is not null)
            {
                Touch();
            }
        }

        return decision;
    }

    private BucketReply Peek(long permits, long maxWaitTicks) => new(_bucket!.Peek(permits, Now, maxWaitTicks), RulesVersion);

    /// <summary>Whether storage covers what the bucket has granted, where it must.</summary>
    protected bool IsCovered(long now) => _storage is null || _storage.IsCovered(_bucket!, now);

    private async ValueTask<BucketReply> CoverAndAnswerAsync(LimiterDecision decision, CancellationToken cancellationToken)
    {
        var version = RulesVersion;
        if (await CoverAsync([new(decision.Grant)], cancellationToken) is { } error)
        {
            return BucketReply.Failed(error, version);
        }

        CountGranted(decision, Now);
        return new(decision, version);
    }

    /// <summary>Has storage cover what the bucket has granted.</summary>
    /// <returns>Why that failed, or null.</returns>
    protected Task<Failure?> CoverAsync() => IsCovered(Now) ? Task.FromResult<Failure?>(null) : CoverAsync([], CancellationToken.None);

    /// <summary>Has storage cover what the bucket has granted; what it cannot cover is given back.</summary>
    /// <returns>Why that failed, or null.</returns>
    protected Task<Failure?> CoverAsync(PendingTake[] takes, CancellationToken cancellationToken) =>
        _storage!.CoverAsync(takes, cancellationToken);

    /// <summary>Has storage hold the exact state, where it holds anything.</summary>
    /// <returns>Why that failed, or null.</returns>
    protected Task<Failure?> StoreAsync() =>
        _storage is null ? Task.FromResult<Failure?>(null) : _storage.FlushAsync().InTimeAsync(CancellationToken.None);

    /// <summary>
    /// Keeps the activation from being collected while the bucket owes something. Collection that is forced heeds it, too.
    /// </summary>
    protected void Keep(long now, long resetAfterTicks)
    {
        if (Ticks.Add(now, resetAfterTicks) > _keptUntil)
        {
            var ticks = Math.Min(Ticks.Add(resetAfterTicks, KeepSlack), LongestKeep);
            _keptUntil = Ticks.Add(now, ticks);
            context.Runtime.DelayDeactivation(grainContext, Ticks.ToTimeSpan(ticks));
        }
    }

    protected void DoNotKeep()
    {
        if (_keptUntil > 0 && !HasMore)
        {
            _keptUntil = 0;
            context.Runtime.DelayDeactivation(grainContext, TimeSpan.Zero);
        }
    }

    void IStoredBucket.Touch() => Touch();

    /// <summary>The bucket has changed.</summary>
    protected void Touch()
    {
        _storage?.Touch(Now);
        Arm();
    }

    [LoggerMessage(2, LogLevel.Warning, "{Bucket} could not be written when it was deactivated, so storage holds what covers it: {Reason}")]
    private static partial void LogUnflushed(ILogger log, GrainId bucket, Failure reason);

    [LoggerMessage(3, LogLevel.Error, "{Bucket} came from another silo in a form that this version of Throttle cannot read")]
    private static partial void LogUnreadable(ILogger log, Exception reason, GrainId bucket);
}
