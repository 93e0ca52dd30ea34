using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Grains;

/// <content>Deliveries, which the grain's one timer wakes up for; what is due follows from the time alone.</content>
internal sealed partial class LeakyBucketGrain
{
    // How long nothing is delivered after storage has failed.
    private const long HoldTicks = Ticks.PerSecond;

    private readonly CancellationTokenSource _stopping = new();
    private Task _delivering = Task.CompletedTask;
    private long _heldUntil;

    protected override long WakeAt
    {
        get
        {
            if (_isStopping || Context.Draining.IsCancellationRequested || Usable(out _) is not var (_, queue))
            {
                return Ticks.Never;
            }

            return _heldUntil == 0 ? queue.WakeAt : _heldUntil;
        }
    }

    protected override void OnWake()
    {
        if (_heldUntil > 0)
        {
            _heldUntil = Ticks.Add(Now, HoldTicks);
            SaveAndGoOnAsync().Ignore();
        }
        else
        {
            Pump();
        }
    }

    /// <summary>Delivers what is due.</summary>
    private void Pump()
    {
        if (_heldUntil > Now || _isStopping || Context.Draining.IsCancellationRequested || Usable(out _) is not var (rule, queue))
        {
            Arm();
            return;
        }

        queue.Change((QueueSpec)rule.Limit);
        var item = queue.Next(this, Now);
        var hasChanged = Changed();
        if (item is not null)
        {
            _delivering = DeliverAsync(rule, queue, item);
        }
        else if (hasChanged)
        {
            // Something has become too old.
            SaveAndGoOnAsync().Ignore();
        }
    }

    private async Task DeliverAsync(Rule rule, WorkQueue queue, WorkItem item)
    {
        // A turn that was taken in place of another must be in storage before it is used.
        var result = await CoverAsync() is null
            ? await Context.Attempt.MakeAsync(rule, Key, item, _stopping.Token)
            : null;
        if (!ReferenceEquals(queue, _work))
        {
            return;
        }

        if (result is { } ended)
        {
            queue.End(ended, (rule.Deliver ?? Delivery.Default).Attempts, Context.Attempt.PauseAfter(rule, item, ended), Now);
            Changed();
            await SaveAndGoOnAsync();
        }
        else
        {
            queue.Abandon();
            Hold();
        }
    }

    /// <summary>Has storage hold the queue as it is, and then goes on. While it does not, nothing is delivered.</summary>
    private async Task SaveAndGoOnAsync()
    {
        if (await SaveAsync() is not null)
        {
            Hold();
        }
        else
        {
            _heldUntil = 0;
            Pump();
        }
    }

    private void Hold()
    {
        _heldUntil = Ticks.Add(Now, HoldTicks);
        Arm();
    }
}
