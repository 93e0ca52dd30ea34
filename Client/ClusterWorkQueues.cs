using Throttle.Client.Buckets;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client;

/// <summary>Queues of work that are grains of a cluster. Deliveries are made there, by the processors of the owner's silo.</summary>
internal sealed class ClusterWorkQueues(ClusterThrottle throttle, ClusterRules rules) : IWorkQueues
{
    private readonly ClusterBuckets _buckets = throttle.Buckets;

    public async ValueTask<WorkAnswer> EnqueueAsync(string ruleId, string key, Work work, CancellationToken cancellationToken = default)
    {
        work.Check();
        var wire = WorkWire.From(work);
        try
        {
            var reply = await AskAsync(
                ruleId, key, (grain, version, token) => grain.EnqueueAsync(wire, version, token), cancellationToken).ConfigureAwait(false);
            return reply.ToAnswer(work.Id);
        }
        catch (WorkQueueException e) when (e.Fault == WorkQueueFault.Unavailable)
        {
            return WorkAnswer.Failed(Failure.Parse(e.Message));
        }
    }

    public async ValueTask<WorkStatus> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        (await LookAsync(ruleId, key, (grain, version, token) => grain.InspectQueueAsync(version, token), cancellationToken).ConfigureAwait(false))
        .ToStatus();

    public async ValueTask<IReadOnlyList<WorkItem>> ListFailedAsync(string ruleId, string key, CancellationToken cancellationToken = default)
    {
        var reply = await LookAsync(
            ruleId, key, (grain, version, token) => grain.ListFailedAsync(version, token), cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(reply.FailedItems, item => item.ToItem());
    }

    public ValueTask<WorkEdit> CancelAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        EditAsync(ruleId, key, id, (grain, version, token) => grain.CancelAsync(id, version, token), cancellationToken);

    public ValueTask<WorkEdit> PutBackAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        EditAsync(ruleId, key, id, (grain, version, token) => grain.PutBackAsync(id, version, token), cancellationToken);

    public ValueTask<WorkEdit> RemoveFailedAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        EditAsync(ruleId, key, id, (grain, version, token) => grain.RemoveFailedAsync(id, version, token), cancellationToken);

    private async ValueTask<WorkEdit> EditAsync(
        string ruleId,
        string key,
        string id,
        Func<ILeakyBucketGrain, long, CancellationToken, ValueTask<WorkReply>> ask,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        return (await AskAsync(ruleId, key, ask, cancellationToken).ConfigureAwait(false)).ToEdit();
    }

    private ValueTask<WorkReply> AskAsync(
        string ruleId,
        string key,
        Func<ILeakyBucketGrain, long, CancellationToken, ValueTask<WorkReply>> ask,
        CancellationToken cancellationToken) =>
        CallAsync(ruleId, key, ask, reply => new(reply.Outcome, reply.Reason, reply.RulesVersion), cancellationToken);

    private ValueTask<QueueReply> LookAsync(
        string ruleId,
        string key,
        Func<ILeakyBucketGrain, long, CancellationToken, ValueTask<QueueReply>> ask,
        CancellationToken cancellationToken) =>
        CallAsync(ruleId, key, ask, reply => new(reply.Outcome, reply.Reason, reply.RulesVersion), cancellationToken);

    private async ValueTask<TReply> CallAsync<TReply>(
        string ruleId,
        string key,
        Func<ILeakyBucketGrain, long, CancellationToken, ValueTask<TReply>> ask,
        Func<TReply, Said> read,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var set = rules.Current;
            var rule = WorkQueueException.CheckRule(set, ruleId);
            var call = new BucketCall(set, set.IndexOf(ruleId), rule.NormalizeKey(key), 1);
            var (reply, error) = await _buckets.WorkAsync(call, ask, cancellationToken).ConfigureAwait(false);
            if (reply is null || error is not null)
            {
                throw WorkQueueException.Unavailable(error ?? Failure.Of(FailureReason.NoAnswer));
            }

            // Off, or another algorithm, by rules that are newer than those known here: they are looked at again, here.
            var said = read(reply);
            var isStale = said.Outcome is WorkOutcome.Stale or WorkOutcome.NoQueue or WorkOutcome.IsOff;
            if (!isStale)
            {
                return Check(said, ruleId, reply);
            }

            if (!await _buckets.FollowAsync(call, said.RulesVersion, cancellationToken).ConfigureAwait(false))
            {
                throw WorkQueueException.Unavailable(Failure.Of(FailureReason.RulesDiffer));
            }
        }
    }

    private static TReply Check<TReply>(Said said, string ruleId, TReply reply) => said.Outcome switch
    {
        WorkOutcome.NoProcessor => throw WorkQueueException.NoProcessor(ruleId),
        WorkOutcome.Failed => throw WorkQueueException.Unavailable(Failure.Parse(said.Reason)),
        _ => reply,
    };

    private readonly record struct Said(WorkOutcome Outcome, string? Reason, long RulesVersion);
}
