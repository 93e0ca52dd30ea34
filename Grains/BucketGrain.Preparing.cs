using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Storage;

namespace Throttle.Grains;

/// <content>How it comes by its rule and its bucket.</content>
internal abstract partial class BucketGrain
{
    private Task<Failure?>? _making;
    private MovedBucket? _arrived;

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
        }
        else
        {
            // Nobody will ask for what it held: a rule that becomes a queue, or ceases to be one, has new buckets.
            (_rule, _isReady) = (null, false);
            SendLineAway();
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
        _isReady = _bucket is not null && IsPrepared(rule);
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

        var now = Now;
        var onChange = OnChangeOf(_bucket!, rule, now, out var isOutdated);
        if (isOutdated && _bucket!.Spec == rule.Limit)
        {
            _bucket.Reset(now);
            Touch();
        }

        // Equal numbers, too: one object for all buckets of a rule.
        if (!ReferenceEquals(_bucket!.Spec, rule.Limit))
        {
            _bucket = _bucket.ChangeTo(rule.Limit, onChange, now);
            Keep(now, _bucket.Peek(0, now).ResetAfterTicks);
            Arm();
        }

        _bucketVersion = RulesVersion;
    }

    /// <summary>How the bucket is carried over. It may have missed edits since it was last asked, one that resets it included.</summary>
    private OnChange OnChangeOf(Bucket bucket, Rule rule, long now, out bool isOutdated)
    {
        var since = context.Rules.BucketsSince(_set!, rule.Id);
        isOutdated = since > _bucketVersion;

        // A bucket that equals a new one could have been collected: under another algorithm it goes on as if it had been.
        return isOutdated || (bucket.Spec.Kind != rule.Limit.Kind && bucket.IsNew(now)) ? OnChange.Reset
            : since is not null && rule.OnChange == OnChange.Reset ? OnChange.Keep
            : rule.OnChange;
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
        await MakeAsync(rule.Limit, rule.IsPersisted());
        if (ReferenceEquals(_rule, rule) && _bucket is not null)
        {
            Adapt(rule);
            await PrepareAsync(rule);

            // Rules may have changed meanwhile; then all this is looked at again.
            _isReady = ReferenceEquals(_rule, rule) && _bucket is not null && IsPrepared(rule);
        }
    }

    private async Task MakeAsync(LimiterSpec limit, bool isPersisted)
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
            _bucketVersion = record?.RulesVersion ?? RulesVersion;
            _bucket = record is { Limit: { } wire, State: { } state }
                ? Restore(wire, limit, state)
                : Bucket.Create(limit, Now);
        }

        if (_bucket is null)
        {
            (_bucket, _bucketVersion) = (CreateAfterLosses(limit), RulesVersion);
        }

        context.Owned.Add(this);
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
            UnpackHeard(arrived.Heard);
            _bucketVersion = arrived.RulesVersion;
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
    /// A bucket that nobody handed over: new, or what one would hold that was spent when the cluster last lost a silo.
    /// </summary>
    private Bucket CreateAfterLosses(LimiterSpec limit)
    {
        var now = Now;
        if (context.Losses.LatestLoss is > 0 and var lostAt && now - lostAt <= limit.RefillTicks)
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
}
