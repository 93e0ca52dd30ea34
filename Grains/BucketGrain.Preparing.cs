using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Interfaces.Rules;
using Throttle.Grains.Rules;
using Throttle.Grains.Storage;

namespace Throttle.Grains;

/// <content>How it comes by its rule and its bucket.</content>
internal abstract partial class BucketGrain
{
    private Task<Failure?>? _making;
    private MovedBucket? _arrived;
    private long _carriedFrom;
    private bool _isHandedOver;

    public async ValueTask<BucketReply> HandOverAsync(
        LimitWire limit, long rulesVersion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(limit);
        var spec = limit.ToSpec();
        await context.Rules.Ready.WaitAsync(cancellationToken);
        while (true)
        {
            if (!await context.Rules.EnsureAsync(rulesVersion, cancellationToken))
            {
                return BucketReply.Failed(Failure.Of(FailureReason.RulesDiffer), RulesVersion);
            }

            // By other rules than the caller's, the one that is asked may be waiting for the one that asks.
            Apply(context.Rules.Current);
            var rule = FindRule();
            if (rule is null || Serves(rule.Limit) || RulesVersion > rulesVersion)
            {
                return BucketReply.Stale(RulesVersion);
            }

            rule = rule with { Limit = spec };
            if (_bucket is not null && HasCarriedOver(rule))
            {
                // It is kept until it is collected, for whoever asks again because the answer was lost.
                Adapt(rule);
                _isHandedOver = true;
                DoNotKeep();
                return new(_bucket.Peek(0, Now), RulesVersion);
            }

            if (await MakeAsync(() => MakeToHandOverAsync(rule)).InTimeAsync(cancellationToken) is { } error)
            {
                return BucketReply.Failed(error, RulesVersion);
            }
        }
    }

    private async Task MakeToHandOverAsync(Rule rule)
    {
        var set = _set;
        await MakeAsync(rule.Limit, rule.IsPersisted(), EndOf(rule));
        if (ReferenceEquals(_set, set) && _bucket is not null)
        {
            Adapt(rule);
            await CarryOverAsync(rule);
        }
    }

    /// <summary>Goes on once the bucket lives by rules as new as the caller's.</summary>
    /// <param name="rulesVersion">The caller's rules; 0 when it knows none.</param>
    /// <param name="go">What to do then, in the same turn.</param>
    /// <param name="otherwise">The answer where that cannot be had.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">There is no such rule, and the caller knows no rules.</exception>
    protected async ValueTask<TResult> WhenReadyAsync<TResult>(
        long rulesVersion, Func<ValueTask<TResult>> go, Func<BucketReply, TResult> otherwise, CancellationToken cancellationToken)
    {
        var rules = context.Rules;
        await rules.Ready.WaitAsync(cancellationToken);
        while (true)
        {
            // A set that this version cannot read counts as fetched; the present one then stays in force.
            if (rulesVersion > rules.Current.Version && !await rules.EnsureAsync(rulesVersion, cancellationToken))
            {
                return otherwise(BucketReply.Failed(Failure.Of(FailureReason.RulesDiffer), rules.Current.Version));
            }

            Apply(rules.Current);
            if (_isReady)
            {
                return await go();
            }

            if (_rule is not { } rule)
            {
                return otherwise(NoRule(rulesVersion));
            }

            if (await MakeAsync(() => MakeAsync(rule)).InTimeAsync(cancellationToken) is { } error)
            {
                return otherwise(BucketReply.Failed(error, RulesVersion));
            }
        }
    }

    /// <summary>Brings the bucket under these rules, as far as that can be done at once.</summary>
    private void Apply(RuleSet set)
    {
        if (ReferenceEquals(_set, set))
        {
            return;
        }

        _set = set;
        var rule = FindRule();
        if (rule is not null && Serves(rule.Limit))
        {
            Apply(rule);
            OnRules();
            return;
        }

        (_rule, _isReady) = (null, false);
        SendLineAway();
        if (rule is null)
        {
            // Nobody will ask for what it held. Under another algorithm somebody may, see HandOverAsync.
            Forget();
            DropRecord();
            DoNotKeep();
        }

        OnRules();
    }

    /// <summary>Brings the bucket under a rule, as far as that can be done at once.</summary>
    protected void Apply(Rule rule)
    {
        _rule = rule;
        _isHandedOver = false;
        _isReady = _bucket is not null && HasCarriedOver(rule) && IsPrepared(rule);
        if (_bucket is not null)
        {
            Adapt(rule);
        }
    }

    private void Adapt(Rule rule)
    {
        if (!rule.IsPersisted())
        {
            DropRecord();
        }
        else if (_storage is null)
        {
            _storage = new(context, this);
            Touch();
        }

        // Equal numbers, too: one object for all buckets of a rule.
        if (!ReferenceEquals(_bucket!.Spec, rule.Limit))
        {
            var now = Now;
            _bucket = _bucket.ChangeTo(rule.Limit, rule.OnChange, now);
            Keep(now, _bucket.Peek(0, now).ResetAfterTicks);
            Arm();
        }
    }

    private void DropRecord()
    {
        _storage?.ClearAsync().Ignore();
        _storage = null;
    }

    /// <summary>The rule of this bucket; null where there is none.</summary>
    protected virtual Rule? FindRule()
    {
        if (_set!.IndexOf(RuleId()) is >= 0 and var index)
        {
            return _set.Rules[index];
        }

        return null;
    }

    private bool Serves(LimiterSpec limit) => Family == BucketFamily.Any || BucketFamilies.Of(limit) == Family;

    private string RuleId() => _rule?.Id ?? BucketGrainKey.Parse(grainContext.GrainId.Key.ToString()!).RuleId;

    private BucketReply NoRule(long rulesVersion)
    {
        if (rulesVersion > 0)
        {
            return BucketReply.Stale(RulesVersion);
        }

        var id = RuleId();
        throw new ArgumentException(FindRule() is { } other
            ? $"Rule '{id}' is a {other.Limit.Algorithm}, which has another kind of grain."
            : $"There is no rule '{id}' in version {RulesVersion} of the rules.");
    }

    /// <summary>One making at a time: whoever else needs the bucket waits for it, and then looks again.</summary>
    /// <returns>Why it failed, or null.</returns>
    private Task<Failure?> MakeAsync(Func<Task> make)
    {
        if (_making is { } underWay)
        {
            return underWay;
        }

        var making = TryAsync(make);
        _making = making.IsCompleted ? null : making;
        return making;
    }

    private async Task<Failure?> TryAsync(Func<Task> make)
    {
        try
        {
            await make();
            return null;
        }
        catch (Exception e)
        {
            return context.Failures.Tell(FailureReason.Storage, grainContext.GrainId.ToString(), e);
        }
        finally
        {
            _making = null;
        }
    }

    private async Task MakeAsync(Rule rule)
    {
        await MakeAsync(rule.Limit, rule.IsPersisted(), Ticks.Never);
        if (ReferenceEquals(_rule, rule) && _bucket is not null)
        {
            Adapt(rule);
            await CarryOverAsync(rule);
            await PrepareAsync(rule);

            // Rules may have changed meanwhile; then all this is looked at again.
            _isReady = ReferenceEquals(_rule, rule) && _bucket is not null && HasCarriedOver(rule) && IsPrepared(rule);
        }
    }

    private async Task MakeAsync(LimiterSpec limit, bool isPersisted, long endedAt)
    {
        if (_bucket is null && _arrived is { } arrived)
        {
            _arrived = null;
            _bucket = Unpack(arrived, limit, isPersisted);
            IsRestored = _bucket is not null;
        }

        if (_bucket is null && isPersisted)
        {
            var storage = _storage ??= new(context, this);
            var record = await storage.ReadAsync();
            IsRestored = record is { Limit: not null, State: not null };
            UnpackHeard(record?.Heard);
            _carriedFrom = record?.CarriedFrom ?? 0;
            _bucket = record is { Limit: { } wire, State: { } state }
                ? Restore(wire, limit, state)
                : Bucket.Create(limit, Now);
        }

        _bucket ??= CreateAfterLosses(limit, endedAt);
        var now = Now;
        if (!_bucket.IsNew(now))
        {
            Keep(now, _bucket.Peek(0, now).ResetAfterTicks);
        }
    }

    /// <summary>The limit that the bucket was kept with before this activation, where nobody has named one here; null where it was not kept.</summary>
    /// <returns>With why that could not be read, or null.</returns>
    protected async Task<(LimiterSpec? Limit, Failure? Error)> FindKeptLimitAsync(CancellationToken cancellationToken)
    {
        LimiterSpec? found = null;
        Failure? error = null;
        var hasLooked = false;
        while (_rule is null && !hasLooked && error is null)
        {
            // Where another call makes the bucket meanwhile it has named a limit, and then there is nothing to find.
            error = await MakeAsync(async () =>
            {
                hasLooked = true;
                found = _arrived is { } arrived ? arrived.Limit.ToSpec() : (await new BucketStorage(context, this).ReadAsync())?.Limit?.ToSpec();
            }).InTimeAsync(cancellationToken);
        }

        return (found, error);
    }

    private static Bucket Restore(LimitWire wire, LimiterSpec limit, byte[] state)
    {
        var spec = wire.ToSpec();
        return Bucket.Restore(spec == limit ? limit : spec, state);
    }

    private Bucket? Unpack(MovedBucket arrived, LimiterSpec limit, bool isPersisted)
    {
        if (arrived.IsPersisted)
        {
            _storage = new(context, this, arrived.Etag, arrived.HasRecord);
            if (!isPersisted)
            {
                DropRecord();
            }
        }

        try
        {
            var bucket = Restore(arrived.Limit, limit, arrived.State);
            _carriedFrom = arrived.CarriedFrom;
            UnpackHeard(arrived.Heard);
            _isPresumed = arrived.IsPresumed;
            return bucket;
        }
        catch (FormatException e)
        {
            LogUnreadable(context.Log, e, grainContext.GrainId);
            return isPersisted ? null : Bucket.CreateSpent(limit, Now);
        }
    }

    /// <summary>
    /// A bucket that nobody handed over: new, or what one would hold that was spent when the cluster last lost a silo, or when its
    /// time ended, if that was before.
    /// </summary>
    private Bucket CreateAfterLosses(LimiterSpec limit, long endedAt)
    {
        var now = Now;
        if (context.Losses.LatestLoss is > 0 and var lostAt && now - (lostAt = Math.Min(lostAt, endedAt)) <= limit.RefillTicks)
        {
            var spent = Bucket.CreateSpent(limit, lostAt);
            if (!spent.IsNew(now))
            {
                _isPresumed = true;
                return spent;
            }
        }

        return Bucket.Create(limit, now);
    }

    /// <summary>
    /// Whether nothing of the rule's algorithms before is missing. What the rules say of those is of the newest ones, which may have come
    /// since this bucket looked; then it looks again.
    /// </summary>
    private bool HasCarriedOver(Rule rule) =>
        MissedChange(rule) is null && (Family == BucketFamily.Any || ReferenceEquals(_set, context.Rules.Current));

    /// <summary>What the rule was before it became this algorithm, while that may owe something that was not carried over; else null.</summary>
    private PreviousLimit? MissedChange(Rule rule)
    {
        // Where the rule is another algorithm by now, this grain's time is among those before.
        var previous = OwnTime(rule) is { } own ? own.Before : context.Rules.PreviousOf(rule.Id);
        while (previous is not null && !PreviousLimits.MayOwe(previous.Limit, previous.ChangedAtTicks, Now))
        {
            previous = previous.Before;
        }

        return previous?.ChangedAtTicks > _carriedFrom ? previous : null;
    }

    /// <summary>When the rule was this grain's algorithm, among the times before; null where it is now, or was not.</summary>
    private PreviousLimit? OwnTime(Rule rule)
    {
        var previous = context.Rules.PreviousOf(rule.Id);
        while (previous is not null && BucketFamilies.Of(previous.Limit) != Family)
        {
            previous = previous.Before;
        }

        return previous;
    }

    /// <summary>When this grain's time ended.</summary>
    private long EndOf(Rule rule) => OwnTime(rule)?.ChangedAtTicks ?? Ticks.Never;

    /// <summary>
    /// What the bucket of the rule's algorithm before has left is the most that this one may have. It is asked once, and asks the
    /// one before it where it has not; where it was never used it answers like a new one.
    /// </summary>
    private async Task CarryOverAsync(Rule rule)
    {
        // In this order: what the rules said of the times before is of those that this goes by, and so whoever is asked asks
        // only those before it, and nobody waits for one that waits for it.
        if (MissedChange(rule) is not { } previous || !ReferenceEquals(_set, context.Rules.Current))
        {
            return;
        }

        var set = _set;
        var key = BucketGrainKey.Parse(GrainKey).Key;
        var reply = await context.Grains
            .GetBucketGrain(previous.Limit, rule.Id, key)
            .HandOverAsync(LimitWire.From(previous.Limit), RulesVersion, CancellationToken.None);
        if (reply.Status == BucketStatus.Stale)
        {
            // Once the rules are fetched, they are looked at anew.
            await FetchAsync(set!, reply.RulesVersion);
            return;
        }

        if (reply.Status != BucketStatus.Answered)
        {
            throw new InvalidOperationException(reply.Error);
        }

        if (ReferenceEquals(_set, set) && _bucket is not null)
        {
            var carriedBefore = _carriedFrom;
            Limit(_bucket, reply.ToAnswer().Decision, rule);
            _carriedFrom = previous.ChangedAtTicks;
            if (_storage is not null && await _storage.FlushAsync().InTimeAsync(CancellationToken.None) is { } error)
            {
                _carriedFrom = carriedBefore;
                throw new InvalidOperationException(error.ToString());
            }
        }
    }

    /// <summary>Fetches the rules by which the bucket of the algorithm before answers. One that cannot read ours would be asked for ever.</summary>
    private async Task FetchAsync(RuleSet present, long version)
    {
        await context.Rules.EnsureAsync(version, CancellationToken.None);
        if (version <= present.Version || context.Rules.Current.Version < version)
        {
            // What the rule's algorithm before left is with a silo that goes by rules which this silo cannot read.
            throw new InvalidOperationException(Failure.Of(FailureReason.RulesDiffer).ToString());
        }
    }

    private void Limit(Bucket bucket, in LimiterDecision before, Rule rule)
    {
        if (before.ResetAfterTicks == 0)
        {
            // As new: whoever was never there starts full, whatever the limit was.
            return;
        }

        var now = Now;
        var present = bucket.Peek(0, now);
        var most = before.CarriedTo(present.Limit, rule.OnChange);
        if (most >= present.Remaining)
        {
            return;
        }

        if (bucket.WaiterCount > 0)
        {
            bucket.Acquire(present.Remaining - most, now);
        }
        else
        {
            _bucket = Bucket.CreateWith(rule.Limit, most, now);
        }

        Keep(now, _bucket!.Peek(0, now).ResetAfterTicks);
        Touch();
    }
}
