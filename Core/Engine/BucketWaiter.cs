using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>A caller of <see cref="Bucket.Wait"/>: answered, waiting for the instant it was granted, or in line for a lease.</summary>
/// <remarks>Its bucket's owner may use it as it uses the bucket; the task may be awaited by anybody.</remarks>
public sealed class BucketWaiter
{
    private readonly TaskCompletionSource<BucketAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal BucketWaiter(long permits, long deadlineAt)
    {
        Permits = permits;
        DeadlineAt = deadlineAt;
        Turn = new OwnTurn(this);
    }

    /// <summary>
    /// What the bucket said when it was asked: allowed, now or with a delay, or refused. In line it is the refusal by which the
    /// caller came there.
    /// </summary>
    public LimiterDecision Decision { get; internal set; }

    /// <summary>Whether it came to wait in line for a lease, where nobody knows when its turn comes.</summary>
    public bool IsInLine => Place is not null;

    /// <summary>
    /// The bucket's last word, once the turn has come or the deadline in line has passed; <see cref="BucketAnswer.Stale"/> where
    /// the rule became another algorithm while it stood in line. Cancelled when the caller left.
    /// </summary>
    public Task<BucketAnswer> Task => _answer.Task;

    /// <summary>The granted instant, in ticks; it may move up while it waits. <see cref="Ticks.Never"/> where none was granted.</summary>
    public long DueAt => Decision.IsAllowed ? Turn.DueAt : Ticks.Never;

    /// <summary>The instant up to which the caller would wait, in ticks.</summary>
    public long DeadlineAt { get; }

    internal long Permits { get; }

    internal GrantedTurn Turn { get; }

    /// <summary>Where it stands, or stood, in line.</summary>
    internal LinkedListNode<BucketWaiter>? Place { get; set; }

    /// <summary>How many came into the line before it.</summary>
    internal long Number { get; set; }

    internal bool TryComplete(in BucketAnswer answer) => _answer.TrySetResult(answer);

    internal bool TryCancel(CancellationToken token = default) => _answer.TrySetCanceled(token);

    private sealed class OwnTurn(BucketWaiter waiter) : GrantedTurn
    {
        private protected override void OnServed() => waiter.TryComplete(new(waiter.Decision.AtItsTurn(DueAt)));
    }
}
