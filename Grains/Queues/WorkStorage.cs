using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Throttle.Core.Failures;
using Throttle.Grains.Storage;

namespace Throttle.Grains.Queues;

/// <summary>
/// One queue's place in grain storage: all of it is one record, written as a whole. Who asks while a write is under way is
/// served by the next one, together with all others. Used on its grain's scheduler only.
/// </summary>
internal sealed partial class WorkStorage(BucketContext context, IStoredWork owner)
{
    private const string StateName = "work";
    private readonly RecordStore<WorkRecord> _record = new(
        context.Storage, StateName, owner.GrainId, (record, attempted) => record?.Stamp == attempted?.Stamp);

    private TaskCompletionSource<Failure?>? _next;
    private bool _isBusy;
    private bool _isDirty;
    private bool _isClearing;

    /// <summary>Whether storage holds the queue as it is.</summary>
    public bool IsSaved => !_isDirty && !_isBusy && !_isClearing;

    /// <summary>The queue has changed.</summary>
    public void Touch() => _isDirty = true;

    /// <summary>What storage holds; null when nothing.</summary>
    public Task<WorkRecord?> ReadAsync() => _record.ReadAsync();

    /// <summary>Writes the queue as it is where it has changed, or clears its record where nothing is left of it.</summary>
    /// <returns>Why it failed, or null.</returns>
    public Task<Failure?> SaveAsync()
    {
        if (IsSaved)
        {
            return Task.FromResult<Failure?>(null);
        }

        var next = _next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_isBusy)
        {
            PumpAsync().Ignore();
        }

        return next.Task;
    }

    /// <summary>Clears the record, whatever the queue holds.</summary>
    /// <returns>Why it failed, or null.</returns>
    public Task<Failure?> ClearAsync()
    {
        _isClearing = true;
        return SaveAsync();
    }

    private async Task PumpAsync()
    {
        _isBusy = true;
        try
        {
            while (_next is { } next)
            {
                _next = null;
                next.SetResult(await TryAsync());
            }
        }
        finally
        {
            _isBusy = false;
        }
    }

    private async Task<Failure?> TryAsync()
    {
        var wasDirty = false;
        try
        {
            await _record.KnowAsync();
            (wasDirty, _isDirty) = (_isDirty, false);
            if (_isClearing || owner.Work is not { } work || work.IsEmpty(context.Clock.Now))
            {
                await _record.ClearAsync();
                _isClearing = false;
            }
            else if (wasDirty)
            {
                await _record.WriteAsync(WorkRecord.From(work.Save()));
            }

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
            _isDirty |= wasDirty;
            return context.Failures.Tell(FailureReason.Storage, owner.GrainId.ToString(), e);
        }
    }

    [LoggerMessage(20, LogLevel.Warning, "The work of {Bucket} in storage was changed by somebody else, so this activation ends")]
    private static partial void LogConflict(ILogger log, Exception reason, GrainId bucket);
}
