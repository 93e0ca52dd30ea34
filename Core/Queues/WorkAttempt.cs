using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Queues;

/// <summary>Attempts to process work, by the processors of this process.</summary>
internal sealed class WorkAttempt(IEnumerable<IWorkProcessor> processors, TimeProvider time, int seed)
{
    private readonly IWorkProcessor[] _processors = [.. processors];
    private readonly Backoff _backoff = new(seed);

    /// <summary>Whether anybody does the work of a rule.</summary>
    public bool CanProcess(Rule rule) => Array.Exists(_processors, processor => processor.CanProcess(rule));

    /// <summary>Makes one attempt. It does not throw.</summary>
    /// <returns>What became of it; null when the process stops, which is no fault of the work.</returns>
    public async ValueTask<WorkResult?> MakeAsync(Rule rule, string key, WorkItem item, CancellationToken stopping)
    {
        try
        {
            var processor = Array.Find(_processors, processor => processor.CanProcess(rule)) ?? throw WorkQueueException.NoProcessor(rule.Id);
            using var place = await processor.EnterAsync(rule, stopping).ConfigureAwait(false);
            return await MakeAsync(processor, rule, key, item, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            return WorkResult.Retry($"{e.GetType().Name}: {e.Message}");
        }
    }

    private async ValueTask<WorkResult> MakeAsync(IWorkProcessor processor, Rule rule, string key, WorkItem item, CancellationToken stopping)
    {
        var timeout = (rule.Deliver ?? Delivery.Default).TimeoutTicks;
        using var patience = new CancellationTokenSource(Ticks.ToTimeSpan(timeout), time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            var work = new Work(item.Id, item.Payload, item.ContentType) { TraceParent = item.TraceParent };
            return await processor
                .ProcessAsync(new(rule, key, work, item.Attempts, Ticks.ToInstant(item.EnqueuedAt)), ending.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return WorkResult.Retry($"It took longer than {Durations.Format(timeout)}.");
        }
    }

    /// <summary>How long to wait before the next attempt, in ticks.</summary>
    public long PauseAfter(Rule rule, WorkItem item, in WorkResult result)
    {
        var asked = Math.Min(result.RetryAfter.Ticks, Delivery.MaxBackoffTicks);
        return Math.Max(asked, _backoff.After(item.Attempts, (rule.Deliver ?? Delivery.Default).BackoffTicks, Delivery.MaxBackoffTicks));
    }
}
