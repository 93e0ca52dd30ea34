using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Storage;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Storage;

namespace Throttle.Grains.Queues;

/// <inheritdoc cref="IWorkIndexGrain"/>
/// <remarks>
/// Reentrant: changes that come while one is written are written together by the next. A queue is named before its first work is
/// acknowledged, and stays so until its grain ends; so a busy queue costs no write here.
/// </remarks>
[Reentrant]
[HashBasedPlacement]
[GrainType("throttle-work-index")]
internal sealed partial class WorkIndexGrain(IGrainContext grainContext, BucketContext context) : IGrainBase, IWorkIndexGrain
{
    private const int AtOnce = 32;
    private readonly RecordStore<WorkIndexRecord> _record = new(
        context.Storage, "work-index", grainContext.GrainId, (record, attempted) => record?.Stamp == attempted?.Stamp);

    private readonly HashSet<string> _queues = new(StringComparer.Ordinal);
    private TaskCompletionSource? _next;
    private Task<bool>? _waking;
    private bool _isBusy;

    public IGrainContext GrainContext => grainContext;

    public async Task OnActivateAsync(CancellationToken cancellationToken) =>
        _queues.UnionWith((await _record.ReadAsync())?.Queues ?? []);

    public Task AddAsync(string queue)
    {
        if (_queues.Count >= WorkIndex.MostQueues && !_queues.Contains(queue))
        {
            throw new InvalidOperationException(
                $"{_queues.Count} queues of this part of the index hold work; at most {WorkIndex.MostQueues} may.");
        }

        // One that is there may still be on its way to storage.
        return _queues.Add(queue) || _isBusy ? SaveAsync() : Task.CompletedTask;
    }

    public Task RemoveAsync(string queue) => _queues.Remove(queue) ? SaveAsync() : Task.CompletedTask;

    public Task<bool> WakeAsync() => _waking is { IsCompleted: false } waking ? waking : _waking = WakeAllAsync();

    private Task SaveAsync()
    {
        var next = _next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_isBusy)
        {
            PumpAsync().Ignore();
        }

        return next.Task;
    }

    private async Task PumpAsync()
    {
        _isBusy = true;
        try
        {
            while (_next is { } next)
            {
                _next = null;
                try
                {
                    await WriteAsync();
                    next.SetResult();
                }
                catch (Exception e)
                {
                    next.SetException(e);
                }
            }
        }
        finally
        {
            _isBusy = false;
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await _record.KnowAsync();
            await (_queues.Count == 0 ? _record.ClearAsync() : _record.WriteAsync(new() { Queues = [.. _queues], Stamp = Guid.NewGuid() }));
        }
        catch (InconsistentStateException)
        {
            // Another activation has written it: the next call reads what is there.
            this.DeactivateOnIdle();
            throw;
        }
    }

    private async Task<bool> WakeAllAsync()
    {
        var rules = context.Rules.Current;
        var areAwake = true;
        foreach (var some in _queues.Where(queue => IsQueue(rules, queue)).ToArray().Chunk(AtOnce))
        {
            areAwake &= (await Task.WhenAll(some.Select(WakeAsync))).All(isAwake => isAwake);
        }

        return areAwake;
    }

    private async Task<bool> WakeAsync(string queue)
    {
        try
        {
            await context.Grains.GetGrain<ILeakyBucketGrain>(queue).WakeAsync(cancellationToken: context.Draining);
            return true;
        }
        catch (Exception e)
        {
            LogAsleep(context.Log, e, queue);
            return false;
        }
    }

    /// <summary>Whether there is somebody to wake: what rules that are gone have left is kept for when they come back.</summary>
    private static bool IsQueue(RuleSet rules, string queue) =>
        rules.IndexOf(BucketGrainKey.Parse(queue).RuleId) is >= 0 and var index && rules.Rules[index].Limit is QueueSpec;

    [LoggerMessage(30, LogLevel.Debug, "The queue {Queue} could not be woken")]
    private static partial void LogAsleep(ILogger log, Exception reason, string queue);
}
