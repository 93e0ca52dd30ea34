using Throttle.Core.Engine;
using Throttle.Core.Limiters;

namespace Throttle.Core.Replication;

/// <summary>
/// Buckets whose grants are counted for other nodes, where the rule says so. What somebody waits for is counted when its turn has
/// come: whoever gives up has taken nothing.
/// </summary>
internal sealed class ReplicatedBuckets(IBuckets inner, Replicator replicator) : IBuckets
{
    public bool TryAcquire(in BucketCall call, out LimiterDecision decision)
    {
        if (!inner.TryAcquire(call, out decision))
        {
            return false;
        }

        Count(call, decision);
        return true;
    }

    public async ValueTask<BucketAnswer> AcquireAsync(
        BucketCall call, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        var answer = await inner.AcquireAsync(call, maxWaitTicks, awaitTurn, cancellationToken).ConfigureAwait(false);
        Count(call, answer);
        return answer;
    }

    public async ValueTask<BucketAnswer[]> AcquireAllAsync(
        BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        var answers = await inner.AcquireAllAsync(calls, maxWaitTicks, awaitTurn, cancellationToken).ConfigureAwait(false);
        var isTaken = !calls.Where((call, i) => answers[i].Stops(call.Rule)).Any();
        for (var i = 0; i < calls.Length && isTaken; i++)
        {
            Count(calls[i], answers[i]);
        }

        return answers;
    }

    public ValueTask<BucketAnswer> PeekAsync(BucketCall call, long maxWaitTicks, CancellationToken cancellationToken) =>
        inner.PeekAsync(call, maxWaitTicks, cancellationToken);

    public async ValueTask<bool> ReturnAsync(BucketCall call, Grant grant, CancellationToken cancellationToken)
    {
        var isReturned = await inner.ReturnAsync(call, grant, cancellationToken).ConfigureAwait(false);
        if (isReturned && call.Rule.Replicate)
        {
            replicator.Count(call.Rule.Id, call.Key, 0, grant.Permits);
        }

        return isReturned;
    }

    public ValueTask<BucketBegin> BeginAsync(BucketCall call, Grant grant, long lagTicks, CancellationToken cancellationToken) =>
        inner.BeginAsync(call, grant, lagTicks, cancellationToken);

    public ValueTask<bool> RanAsync(BucketCall call, Grant grant, long agoTicks, CancellationToken cancellationToken) =>
        inner.RanAsync(call, grant, agoTicks, cancellationToken);

    public ValueTask<Factor?> FactorAsync(BucketCall call, Factor? set, CancellationToken cancellationToken) =>
        inner.FactorAsync(call, set, cancellationToken);

    public ValueTask<long?> RenewAsync(BucketCall call, Guid leaseId, CancellationToken cancellationToken) =>
        inner.RenewAsync(call, leaseId, cancellationToken);

    public ValueTask<bool> ResetAsync(BucketCall call, CancellationToken cancellationToken) => inner.ResetAsync(call, cancellationToken);

    private void Count(in BucketCall call, in BucketAnswer answer)
    {
        if (answer.IsGranted)
        {
            Count(call, answer.Decision);
        }
    }

    private void Count(in BucketCall call, in LimiterDecision decision)
    {
        if (call.Rule.Replicate && decision.Grant.Permits > 0)
        {
            replicator.Count(call.Rule.Id, call.Key, decision.Grant.Permits, 0);
        }
    }
}
