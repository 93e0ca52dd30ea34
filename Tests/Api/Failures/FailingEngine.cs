using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Usage;

namespace Throttle.Tests.Api.Failures;

/// <summary>Buckets, queues, limits and usage that all fail in the same way.</summary>
/// <param name="fail">Throws, or gives the failure that the bucket answers with.</param>
internal sealed class FailingEngine(Func<Failure> fail) : IBuckets, IInlineLimits, IWorkQueues, IUsage
{
    public ValueTask<BucketAnswer> AcquireAsync(BucketCall call, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken) =>
        new(BucketAnswer.Failed(fail()));

    public ValueTask<BucketAnswer[]> AcquireAllAsync(
        BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken) =>
        new(Array.ConvertAll(calls, _ => BucketAnswer.Failed(fail())));

    public ValueTask<BucketAnswer> PeekAsync(BucketCall call, long maxWaitTicks, CancellationToken cancellationToken) =>
        new(BucketAnswer.Failed(fail()));

    public ValueTask<bool> ReturnAsync(BucketCall call, Grant grant, CancellationToken cancellationToken) => new(fail() is null);

    public ValueTask<BucketBegin> BeginAsync(BucketCall call, Grant grant, long lagTicks, CancellationToken cancellationToken) =>
        new(new BucketBegin(default, fail()));

    public ValueTask<bool> RanAsync(BucketCall call, Grant grant, long agoTicks, CancellationToken cancellationToken) => new(fail() is null);

    public ValueTask<Factor?> FactorAsync(BucketCall call, Factor? set, CancellationToken cancellationToken) => new(fail() is null ? set : null);

    public ValueTask<long?> RenewAsync(BucketCall call, Guid leaseId, CancellationToken cancellationToken) => new(fail() is null ? 1 : null);

    public ValueTask<bool> ResetAsync(BucketCall call, CancellationToken cancellationToken) => new(fail() is null);

    public bool TryAsk(in InlineCall call, out LimiterDecision decision)
    {
        decision = default;
        return false;
    }

    public ValueTask<BucketAnswer> AskAsync(InlineCall call, CancellationToken cancellationToken = default) => new(BucketAnswer.Failed(fail()));

    public ValueTask<BucketAnswer[]> AskEachAsync(InlineCall[] calls, CancellationToken cancellationToken = default) =>
        new(Array.ConvertAll(calls, _ => BucketAnswer.Failed(fail())));

    public ValueTask<WorkAnswer> EnqueueAsync(string ruleId, string key, Work work, CancellationToken cancellationToken = default) =>
        new(WorkAnswer.Failed(fail()));

    public ValueTask<WorkStatus> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        throw WorkQueueException.Unavailable(fail());

    public ValueTask<WorkEdit> CancelAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        throw WorkQueueException.Unavailable(fail());

    public ValueTask<IReadOnlyList<WorkItem>> ListFailedAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        throw WorkQueueException.Unavailable(fail());

    public ValueTask<WorkEdit> PutBackAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        throw WorkQueueException.Unavailable(fail());

    public ValueTask<WorkEdit> RemoveFailedAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        throw WorkQueueException.Unavailable(fail());

    public ValueTask<UsageReport> GetAsync(CancellationToken cancellationToken = default) => throw new FailureException(fail());
}
