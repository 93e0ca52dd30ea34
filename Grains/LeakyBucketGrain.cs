using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Queues;

namespace Throttle.Grains;

/// <inheritdoc cref="ILeakyBucketGrain"/>
[GrainType("throttle-leaky-bucket")]
internal sealed partial class LeakyBucketGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ILeakyBucketGrain, ITurns, IStoredWork
{
    GrainId IStoredWork.GrainId => GrainContext.GrainId;

    WorkQueue? IStoredWork.Work => _work;

    protected override bool Serves(LimiterSpec limit) => limit is QueueSpec;

    public ValueTask<WorkReply> EnqueueAsync(WorkWire work, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var checkedWork = work.ToWork();
        return UseAsync(rulesVersion, (rule, queue) => EnqueueAsync(rule, queue, checkedWork), cancellationToken);
    }

    public ValueTask<WorkReply> CancelAsync(string id, long rulesVersion = 0, CancellationToken cancellationToken = default) =>
        EditAsync(rulesVersion, queue => queue.Cancel(id, this, Now), cancellationToken);

    public ValueTask<WorkReply> PutBackAsync(string id, long rulesVersion = 0, CancellationToken cancellationToken = default) =>
        EditAsync(rulesVersion, queue => queue.PutBack(id, this, Now), cancellationToken);

    public ValueTask<WorkReply> RemoveFailedAsync(string id, long rulesVersion = 0, CancellationToken cancellationToken = default) =>
        EditAsync(rulesVersion, queue => queue.RemoveFailed(id, Now), cancellationToken);

    public ValueTask<QueueReply> InspectQueueAsync(long rulesVersion = 0, CancellationToken cancellationToken = default) =>
        LookAsync(rulesVersion, queue => QueueReply.From(queue.Inspect(Now), RulesVersion), cancellationToken);

    public ValueTask<QueueReply> ListFailedAsync(long rulesVersion = 0, CancellationToken cancellationToken = default) =>
        LookAsync(
            rulesVersion,
            queue => QueueReply.From(queue.Inspect(Now), RulesVersion) with
            {
                FailedItems = [.. queue.ListFailed().Select(WorkItemWire.From)],
            },
            cancellationToken);

    public ValueTask<WorkReply> WakeAsync(long rulesVersion = 0, CancellationToken cancellationToken = default) => UseAsync(
        rulesVersion,
        (_, _) =>
        {
            // The index may have it; where nothing is in line any more it is taken out at the end.
            _mayBeInIndex = true;
            Pump();
            return new(new WorkReply { Outcome = WorkOutcome.Done, RulesVersion = RulesVersion });
        },
        cancellationToken);

    LimiterDecision ITurns.Take(long now)
    {
        var decision = Bucket!.Acquire(1, now, Ticks.Never);
        Touch();
        return decision;
    }

    LimiterDecision ITurns.Peek(long now) => Bucket!.Peek(1, now, Ticks.Never);

    void ITurns.GiveBack(in Grant turn, long now)
    {
        Bucket!.Return(turn, now);
        Touch();
    }

    private async ValueTask<WorkReply> EnqueueAsync(Rule rule, WorkQueue queue, Work work)
    {
        if (!Context.Attempt.CanProcess(rule))
        {
            return new() { Outcome = WorkOutcome.NoProcessor, RulesVersion = RulesVersion };
        }

        var answer = queue.Enqueue(work, this, Now);
        Changed();
        if (answer.IsAccepted && await SaveAsync() is { } error)
        {
            if (answer.Status == WorkAnswerStatus.Queued && ReferenceEquals(queue, _work))
            {
                queue.Cancel(work.Id, this, Now);
                Changed();
            }

            return new() { Outcome = WorkOutcome.Failed, Reason = error.ToString(), RulesVersion = RulesVersion };
        }

        Pump();
        return WorkReply.From(answer, RulesVersion);
    }

    private ValueTask<WorkReply> EditAsync(long rulesVersion, Func<WorkQueue, WorkEdit> edit, CancellationToken cancellationToken) => UseAsync(
        rulesVersion,
        async (_, queue) =>
        {
            var done = edit(queue);
            Changed();
            if (done == WorkEdit.Done && await SaveAsync() is { } error)
            {
                // It is done here, and written with the next change.
                Hold();
                return new() { Outcome = WorkOutcome.Failed, Reason = error.ToString(), RulesVersion = RulesVersion };
            }

            Pump();
            return WorkReply.From(done, RulesVersion);
        },
        cancellationToken);

    private ValueTask<WorkReply> UseAsync(
        long rulesVersion, Func<Rule, WorkQueue, ValueTask<WorkReply>> use, CancellationToken cancellationToken) => WhenReadyAsync(
            rulesVersion,
            () => Usable(out var outcome) is var (rule, queue) ? use(rule, queue) : new(new WorkReply { Outcome = outcome, RulesVersion = RulesVersion }),
            reply => new() { Outcome = OutcomeOf(reply), Reason = reply.Error, RulesVersion = reply.RulesVersion },
            cancellationToken);

    private ValueTask<QueueReply> LookAsync(
        long rulesVersion, Func<WorkQueue, QueueReply> look, CancellationToken cancellationToken) => WhenReadyAsync<QueueReply>(
            rulesVersion,
            () => new(Usable(out var outcome) is var (_, queue) ? look(queue) : new QueueReply { Outcome = outcome, RulesVersion = RulesVersion }),
            reply => new() { Outcome = OutcomeOf(reply), Reason = reply.Error, RulesVersion = reply.RulesVersion },
            cancellationToken);

    private static WorkOutcome OutcomeOf(in BucketReply reply) =>
        reply.Status == BucketStatus.Stale ? WorkOutcome.Stale : WorkOutcome.Failed;

    /// <summary>The rule and its queue where work may be taken and delivered; else why not.</summary>
    private (Rule Rule, WorkQueue Queue)? Usable(out WorkOutcome outcome)
    {
        outcome = Rule switch
        {
            { Limit: not QueueSpec } => WorkOutcome.NoQueue,
            { Mode: RuleMode.Off } => WorkOutcome.IsOff,
            _ => WorkOutcome.Failed,
        };
        return Rule is { Limit: QueueSpec, Mode: not RuleMode.Off } rule && Bucket is not null && _work is { } queue ? (rule, queue) : null;
    }
}
