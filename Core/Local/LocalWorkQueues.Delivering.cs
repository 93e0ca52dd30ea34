using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <content>What wakes queues up, and delivers.</content>
public sealed partial class LocalWorkQueues
{
    private void OnRulesChanged(RuleSet set)
    {
        foreach (var queue in _queues.Values)
        {
            Wake(queue);
        }
    }

    /// <summary>Looks at a queue: what is due is delivered on another thread, so that no caller of ours does the work.</summary>
    private void Wake(LocalQueue queue)
    {
        if (Begin(queue) is var (rule, item))
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => _ = DeliverAsync(queue, rule, item), null);
        }
    }

    private void OnTimer(LocalQueue queue)
    {
        if (Begin(queue) is var (rule, item))
        {
            _ = DeliverAsync(queue, rule, item);
        }
    }

    /// <summary>Delivers one after the other as long as something is due.</summary>
    private async Task DeliverAsync(LocalQueue queue, Rule rule, WorkItem item)
    {
        for ((Rule Rule, WorkItem Item)? due = (rule, item); due is var (present, next);)
        {
            var result = await _attempt.MakeAsync(present, queue.Name.Key, next, _stopping.Token).ConfigureAwait(false);

            // In one: whoever sees no delivery under way finds the timer set.
            lock (queue.Gate)
            {
                End(queue, present, next, result);
                due = Begin(queue);
            }
        }
    }

    private void End(LocalQueue queue, Rule rule, WorkItem item, WorkResult? result)
    {
        if (result is { } ended)
        {
            queue.Work.End(ended, (rule.Deliver ?? Delivery.Default).Attempts, _attempt.PauseAfter(rule, item, ended), _clock.Now);
            Count(queue);
        }
        else
        {
            queue.Work.Abandon();
        }
    }

    private (Rule Rule, WorkItem Item)? Begin(LocalQueue queue)
    {
        lock (queue.Gate)
        {
            if (_stopping.IsCancellationRequested || UsableRule(queue.Name.RuleId) is not { } rule)
            {
                return null;
            }

            queue.Work.Change((QueueSpec)rule.Limit);
            var item = queue.Work.Next(queue, _clock.Now);
            Count(queue);
            Arm(queue);
            return item is null ? null : (rule, item);
        }
    }

    private Rule? UsableRule(string ruleId)
    {
        var set = _throttle.Rules.Current;
        return set.IndexOf(ruleId) is >= 0 and var index && set.Rules[index] is { Limit: QueueSpec, Mode: not RuleMode.Off } rule ? rule : null;
    }

    private void Arm(LocalQueue queue)
    {
        if (queue.Work.Length == 0)
        {
            queue.Timer?.Dispose();
            queue.Timer = null;
        }
        else if (queue.Work.WakeAt < Ticks.Never)
        {
            queue.Timer ??= _time.CreateTimer(
                state => OnTimer((LocalQueue)state!), queue, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            TimerDelay.Set(queue.Timer, _time, _clock, Math.Max(queue.Work.WakeAt, _clock.Now + 1));
        }
    }

    private void SetSweep()
    {
        if (Interlocked.Exchange(ref _isSweepSet, 1) == 0)
        {
            _sweepTimer.Change(SweepInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Forgets queues in which nothing is left, not even ids.</summary>
    private void Sweep()
    {
        Volatile.Write(ref _isSweepSet, 0);
        var now = _clock.Now;
        foreach (var (name, queue) in _queues)
        {
            lock (queue.Gate)
            {
                queue.IsGone = queue.Work.IsEmpty(now) && !queue.Work.IsDelivering;
                if (queue.IsGone)
                {
                    _queues.TryRemove(new(name, queue));
                }
            }
        }

        if (!_queues.IsEmpty && !_stopping.IsCancellationRequested)
        {
            SetSweep();
        }
    }
}
