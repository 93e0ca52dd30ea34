using Microsoft.Extensions.Logging;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Queues;
using Throttle.Grains.Storage;

namespace Throttle.Grains;

/// <content>Its queue of work: in memory, in storage, in the index, and on its way to another silo.</content>
internal sealed partial class LeakyBucketGrain
{
    private const string WorkMigrationKey = "throttle.work";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(10);

    private WorkQueue? _work;
    private WorkStorage? _workStorage;
    private WorkRecord? _arrivedWork;
    private bool _isInIndex;
    private bool _mayBeInIndex;
    private bool _isStopping;
    private bool _isKeptForWork;
    private bool _hasForgotten;

    protected override bool HasMore =>
        _arrivedWork is not null || _work is { Length: > 0 } || (_workStorage is null && _work is { FailedCount: > 0 });

    private string Key => BucketGrainKey.Parse(GrainKey).Key;

    private IWorkIndexGrain Index => Context.Grains.GetGrain<IWorkIndexGrain>(WorkIndex.KeyOf(GrainKey));

    public override void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        base.OnDehydrate(dehydrationContext);
        if (HasMore)
        {
            // What is in storage is read from there; that there is something has it woken up.
            dehydrationContext.TryAddValue(
                WorkMigrationKey, _workStorage is null && _work is not null ? WorkRecord.From(_work.Save()) : _arrivedWork ?? new());
        }
    }

    public override void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        base.OnRehydrate(rehydrationContext);
        if (rehydrationContext.TryGetValue<WorkRecord>(WorkMigrationKey, out var work))
        {
            _arrivedWork = work;
            WakeUp();
        }
    }

    void IStoredWork.Forget(WorkStorage storage)
    {
        if (ReferenceEquals(storage, _workStorage))
        {
            (_work, _workStorage, _hasForgotten) = (null, null, true);
            this.DeactivateOnIdle();
        }
    }

    protected override bool IsPrepared(Rule rule) =>
        rule.Limit is not QueueSpec || (_work is not null && _workStorage is not null == rule.IsPersisted());

    protected override async Task PrepareAsync(Rule rule)
    {
        if (rule.Limit is not QueueSpec spec)
        {
            return;
        }

        var isPersisted = rule.IsPersisted();
        if (isPersisted && _workStorage is null)
        {
            var storage = new WorkStorage(Context, this);
            var record = await storage.ReadAsync();
            _work ??= Restore(spec, _arrivedWork is { Items.Length: > 0 } or { Failed.Length: > 0 } ? _arrivedWork : record);

            // Work in line was entered before it was stored. One that holds only what has failed or is remembered may have left.
            (_workStorage, _isInIndex, _mayBeInIndex) = (storage, _isInIndex || record is { Items.Length: > 0 }, record is not null);
            _workStorage.Touch();
        }

        _work ??= Restore(spec, _arrivedWork);
        _arrivedWork = null;
        if (!isPersisted && _workStorage is { } left)
        {
            _workStorage = null;
            left.ClearAsync().Ignore();
        }

        Changed();
    }

    protected override void OnRules()
    {
        // From now on, or no more: whoever waits here must not wait for somebody to call.
        if (HasMore)
        {
            WakeUp();
        }
    }

    protected override void OnForget()
    {
        if (_workStorage is not null)
        {
            (_work, _workStorage, _hasForgotten) = (null, null, true);
        }
        else if (_work is { } work && Rule?.Limit is QueueSpec spec)
        {
            _work = WorkQueue.Restore(spec, work.Save(), keepsTurns: false);
        }
    }

    protected override async Task OnEndAsync(bool isTrusted, DeactivationReason reason)
    {
        _isStopping = true;
        await _stopping.CancelAsync();
        FollowOrNot();
        if (isTrusted)
        {
            await SettleWorkAsync(reason);
        }

        // When the silo stops, others wake it: it has moved there, or its silo is missed.
        if ((HasMore || _hasForgotten) && reason.ReasonCode != DeactivationReasonCode.ShuttingDown)
        {
            WakeUp();
        }
    }

    private async Task SettleWorkAsync(DeactivationReason reason)
    {
        // Real time: what is waited for is somebody's code.
        await _delivering.WaitAsync(Patience, TimeProvider.System, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_workStorage is { } storage && await storage.SaveAsync().InTimeAsync(CancellationToken.None) is { } error)
        {
            LogUnsaved(Context.Log, GrainContext.GrainId, error);
        }

        if ((_isInIndex || _mayBeInIndex) && !HasMore && reason.ReasonCode == DeactivationReasonCode.ActivationIdle)
        {
            await TryAsync(() => Index.RemoveAsync(GrainKey));
        }

        if (HasMore && _workStorage is null && reason.ReasonCode == DeactivationReasonCode.ShuttingDown && !Context.HasOtherSilos)
        {
            LogLost(Context.Log, _work?.Length ?? 0, GrainContext.GrainId);
        }
    }

    private WorkQueue Restore(QueueSpec spec, WorkRecord? record) =>
        record is null ? new(spec) : WorkQueue.Restore(spec, record.ToSaved(), IsRestored);

    /// <summary>The queue may have changed: it is counted, kept, and to be written.</summary>
    /// <returns>Whether anything happened to an item.</returns>
    private bool Changed()
    {
        if (_work is not { } work)
        {
            return false;
        }

        var counts = work.TakeCounts();
        if (!counts.IsEmpty)
        {
            Context.Instruments.Count(BucketGrainKey.Parse(GrainKey).RuleId, counts);
            if (!counts.ChangesNothing)
            {
                _workStorage?.Touch();
            }
        }

        KeepForWork();
        FollowOrNot();
        Arm();
        return !counts.ChangesNothing;
    }

    /// <summary>Work in line, and what only memory holds, must not be collected; ids are remembered for a while.</summary>
    private void KeepForWork()
    {
        var now = Now;
        var mustStay = HasMore;
        if (_isKeptForWork && !mustStay)
        {
            DoNotKeep();
            Keep(now, Math.Max(WorkLimits.RememberedTicks, Bucket?.Peek(0, now).ResetAfterTicks ?? 0));
        }
        else if (mustStay && !_isKeptForWork)
        {
            Keep(now, Ticks.Never);
        }

        _isKeptForWork = mustStay;
    }

    /// <summary>Has storage and the index hold what is here.</summary>
    /// <returns>Why that failed, or null.</returns>
    private async Task<Failure?> SaveAsync()
    {
        if (_workStorage is not { IsSaved: false } storage)
        {
            return null;
        }

        return await CoverAsync()
            ?? (_isInIndex || _work is not { Length: > 0 } ? null : await EnterIndexAsync())
            ?? await storage.SaveAsync().InTimeAsync(CancellationToken.None);
    }

    private async Task<Failure?> EnterIndexAsync()
    {
        var error = await TryAsync(() => Index.AddAsync(GrainKey));
        _isInIndex |= error is null;
        return error;
    }

    private async Task<Failure?> TryAsync(Func<Task> call)
    {
        try
        {
            await call().WaitAsync(Patience, TimeProvider.System, CancellationToken.None);
            return null;
        }
        catch (Exception e)
        {
            return Context.Failures.Tell(FailureReason.Storage, GrainContext.GrainId.ToString(), e);
        }
    }

    /// <summary>Calls itself, so that its rule and its bucket are looked after as in any call.</summary>
    private void WakeUp()
    {
        // Not as a part of what this activation does, which may end before.
        using (ExecutionContext.SuppressFlow())
        {
            Task.Run(() => WakeUpAsync(Context, GrainKey), CancellationToken.None).Ignore();
        }
    }

    /// <summary>A call that meets the activation that ends can fail, and is made again; in the end, the index is woken now and then.</summary>
    private static async Task WakeUpAsync(BucketContext context, string key)
    {
        for (var pause = FirstPause; ; pause *= 2)
        {
            try
            {
                await context.Grains.GetGrain<ILeakyBucketGrain>(key).WakeAsync(cancellationToken: CancellationToken.None);
                return;
            }
            catch (Exception e) when (e is not ArgumentException && pause <= LastPause && !context.Draining.IsCancellationRequested)
            {
                await Task.Delay(pause, TimeProvider.System, context.Draining);
            }
        }
    }

    [LoggerMessage(21, LogLevel.Warning, "The work of {Bucket} could not be written when it was deactivated; what was delivered lately is delivered again: {Reason}")]
    private static partial void LogUnsaved(ILogger log, GrainId bucket, Failure reason);

    [LoggerMessage(22, LogLevel.Warning, "{Count} items of work of {Bucket} were kept in memory only, and are lost with the last silo")]
    private static partial void LogLost(ILogger log, int count, GrainId bucket);
}
