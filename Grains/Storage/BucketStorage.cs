using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Storage;

/// <summary>
/// One bucket's place in grain storage. Permits are set aside there before they are granted; who asks while a write is under way
/// is served by the next one, together with all others. One operation at a time. Used on its grain's scheduler only.
/// </summary>
/// <remarks>
/// Orleans' own persistent state is not used: it costs memory in each activation, and most buckets are not persisted.
/// </remarks>
internal sealed partial class BucketStorage(BucketContext context, IStoredBucket owner)
{
    private const string StateName = "bucket";
    private readonly RecordStore<BucketRecord> _record = new(context.Storage, StateName, owner.GrainId, IsSame);
    private Commit? _next;
    private TaskCompletionSource<Failure?>? _flush;
    private TaskCompletionSource<Failure?>? _clear;
    private bool _isBusy;

    /// <summary>A record that another silo has read or written.</summary>
    public BucketStorage(BucketContext context, IStoredBucket owner, string? etag, bool hasRecord)
        : this(context, owner) => _record.Learn(etag, hasRecord);

    public string? Etag => _record.Etag;

    public bool HasRecord => _record.HasRecord;

    /// <summary>Whether the bucket has changed since its exact state was last written.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>When the bucket last changed.</summary>
    public long ChangedAt { get; private set; }

    /// <summary>When the exact state is to be written, if nothing changes until then; <see cref="Ticks.Never"/> when it is, or is about to be.</summary>
    public long FlushAt => IsDirty && _flush is null ? Ticks.Add(ChangedAt, context.Options.FlushInterval.Ticks) : Ticks.Never;

    /// <summary>The bucket has changed.</summary>
    public void Touch(long now) => (IsDirty, ChangedAt) = (true, now);

    /// <summary>
    /// Whether storage covers what the bucket has granted. While a write is under way nothing counts as covered: until it ends,
    /// storage may hold either the old or the new.
    /// </summary>
    public bool IsCovered(Bucket bucket, long now) => !_isBusy && bucket.IsCovered(now);

    /// <summary>What storage holds; null when nothing.</summary>
    public Task<BucketRecord?> ReadAsync() => _record.ReadAsync();

    /// <summary>Waits until storage covers permits that were taken. Where that fails, or takes too long, they are given back.</summary>
    /// <returns>Why it failed, or null.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up; the permits are given back when the write has ended.</exception>
    public async Task<Failure?> CoverAsync(PendingTake[] takes, CancellationToken cancellationToken)
    {
        var commit = _next ??= new();
        commit.Takes.AddRange(takes);
        Pump();
        Failure? error;
        try
        {
            error = await commit.Ended.Task.InTimeAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveUp(commit, takes);
            throw;
        }

        if (error is not null)
        {
            GiveUp(commit, takes);
        }

        return error;
    }

    /// <summary>Writes the exact state where it has changed, or clears the record where the bucket is as new.</summary>
    /// <returns>Why it failed, or null.</returns>
    public Task<Failure?> FlushAsync()
    {
        var flush = _flush ??= NewSource();
        Pump();
        return flush.Task;
    }

    /// <summary>Clears the record.</summary>
    /// <returns>Why it failed, or null.</returns>
    public Task<Failure?> ClearAsync()
    {
        var clear = _clear ??= NewSource();
        Pump();
        return clear.Task;
    }

    private static bool IsSame(BucketRecord? record, BucketRecord? attempted) => attempted is null
        ? record is null
        : record?.State is { } state && attempted.State.AsSpan().SequenceEqual(state);

    private static TaskCompletionSource<Failure?> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void GiveUp(Commit commit, PendingTake[] takes)
    {
        var hasEnded = commit.Ended.Task.IsCompleted;
        foreach (var take in takes)
        {
            take.IsAbandoned = true;
        }

        // Where it failed they were given back by then.
        if (hasEnded && commit.Ended.Task.Result is null && owner.Bucket is { } bucket)
        {
            Undo(takes, bucket);
        }
    }

    private void Pump()
    {
        if (!_isBusy)
        {
            PumpAsync().Ignore();
        }
    }

    private async Task PumpAsync()
    {
        _isBusy = true;
        try
        {
            while (true)
            {
                if (_next is { } commit)
                {
                    _next = null;
                    End(commit, await CommitAsync());
                }
                else if (_clear is { } clear)
                {
                    _clear = null;
                    clear.SetResult(await TryAsync(ClearNowAsync));
                }
                else if (_flush is { } flush)
                {
                    _flush = null;
                    flush.SetResult(await TryAsync(FlushNowAsync));
                }
                else
                {
                    return;
                }
            }
        }
        finally
        {
            _isBusy = false;
        }
    }

    private void End(Commit commit, Failure? error)
    {
        if (owner.Bucket is { } bucket)
        {
            // The newest first, so that reservations can be taken back exactly.
            commit.Takes.Reverse();
            Undo(commit.Takes.Where(take => error is not null || take.IsAbandoned), bucket);
        }

        commit.Ended.SetResult(error);
    }

    private void Undo(IEnumerable<PendingTake> takes, Bucket bucket)
    {
        var now = context.Clock.Now;
        foreach (var take in takes)
        {
            take.Undo(bucket, now);
        }

        owner.Touch();
    }

    private Task<Failure?> CommitAsync() => TryAsync(async () =>
    {
        if (owner.Bucket is not { } bucket)
        {
            throw new InvalidOperationException("its owner has lost it");
        }

        // What was under way may have covered these as well.
        if (!bucket.IsCovered(context.Clock.Now))
        {
            await WriteAsync(bucket, AheadOf(bucket));
        }
    });

    /// <summary>
    /// How many permits a write sets aside. Permits that refill make a write worthless again, because a stored bucket that is
    /// full covers nothing. So a bucket that refills fast sets aside what comes back before its exact state is written anyway.
    /// </summary>
    private long AheadOf(Bucket bucket)
    {
        var limit = bucket.Peek(0, context.Clock.Now).Limit;
        var refilled = (Int128)limit * context.Options.FlushInterval.Ticks / Math.Max(1, bucket.Spec.RefillTicks);
        return Math.Max(1, (long)Int128.Min(Int128.Max(context.Options.BatchPermits, refilled), limit / 10));
    }

    private async Task FlushNowAsync()
    {
        if (owner.Bucket is not { } bucket)
        {
            return;
        }

        var wasDirty = IsDirty;
        IsDirty = false;
        try
        {
            if (bucket.IsNew(context.Clock.Now))
            {
                await ClearNowAsync();
            }
            else if (wasDirty)
            {
                await WriteAsync(bucket, permits: 0);
            }
        }
        catch
        {
            IsDirty |= wasDirty;
            throw;
        }
    }

    private async Task WriteAsync(Bucket bucket, long permits)
    {
        await _record.KnowAsync();
        var saved = bucket.SetAside(permits, context.Clock.Now);
        var (spec, heard, version) = (bucket.Spec, owner.Heard, owner.BucketVersion);
        bucket.Stored(null);
        await _record.WriteAsync(new() { Limit = LimitWire.From(spec), State = saved.Bytes, Heard = heard, RulesVersion = version });

        // Under other numbers it says nothing about the bucket of now.
        if (ReferenceEquals(bucket, owner.Bucket) && bucket.Spec == spec)
        {
            bucket.Stored(saved);
        }
    }

    private async Task ClearNowAsync()
    {
        await _record.KnowAsync();
        owner.Bucket?.Stored(null);
        await _record.ClearAsync();
    }

    /// <returns>Why it failed, or null.</returns>
    private async Task<Failure?> TryAsync(Func<Task> operation)
    {
        try
        {
            await operation();
            return null;
        }
        catch (InconsistentStateException e)
        {
            LogConflict(context.Log, e, owner.GrainId);
            _record.Unlearn();
            owner.Forget(this);
            return context.Failures.Tell(FailureReason.Storage, owner.GrainId.ToString(), e);
        }
        catch (Exception e)
        {
            return context.Failures.Tell(FailureReason.Storage, owner.GrainId.ToString(), e);
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "{Bucket} in storage was changed by somebody else, so this activation ends; its callers without an answer are told that it failed")]
    private static partial void LogConflict(ILogger log, Exception reason, GrainId bucket);

    /// <summary>Callers whose permits the next write covers, all of them or none.</summary>
    private sealed class Commit
    {
        public List<PendingTake> Takes { get; } = [];

        public TaskCompletionSource<Failure?> Ended { get; } = NewSource();
    }
}
