using System.Collections.Concurrent;
using Throttle.Core;

namespace Throttle.Tests.AspNetCore;

/// <summary>
/// A throttle over another whose answers come from elsewhere, as a cluster's do: nothing is answered before its call returns.
/// </summary>
internal sealed class WrappedThrottle(IThrottle inner) : DelegatingThrottle
{
    private TaskCompletionSource _held = Released();
    private int _underWay;
    private long _waitedFor;

    /// <summary>Questions that have not arrived yet.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Permits that those who may wait have asked for, and not been answered about.</summary>
    public long WaitedFor => Volatile.Read(ref _waitedFor);

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<ThrottleRequest> Asked { get; } = [];

    /// <summary>What happens elsewhere just before a reservation arrives.</summary>
    public Func<Task> BeforeReserving { get; set; } = () => Task.CompletedTask;

    /// <summary>Leases renewed so far.</summary>
    public int Renewed { get; private set; }

    public override bool AnswersAtOnce => false;

    protected override IThrottle Inner => inner;

    /// <summary>Keeps answers back until <see cref="Release"/>.</summary>
    public void Hold() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _held.TrySetResult();

    public override async ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default)
    {
        Asked.Enqueue(request);
        Interlocked.Add(ref _waitedFor, request.Cost);
        try
        {
            return await ElsewhereAsync(() => inner.AcquireAsync(request, cancellationToken));
        }
        finally
        {
            Interlocked.Add(ref _waitedFor, -request.Cost);
        }
    }

    public override async ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default)
    {
        Asked.Enqueue(request);
        await BeforeReserving();
        return await ElsewhereAsync(() => inner.ReserveAsync(request, cancellationToken));
    }

    public override async ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default)
    {
        return await ElsewhereAsync(() => inner.ReserveEachAsync(requests, cancellationToken));
    }

    public override ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        ElsewhereAsync(() => inner.PeekAsync(request, cancellationToken));

    public override ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default)
    {
        Renewed++;
        return inner.RenewLeaseAsync(lease, cancellationToken);
    }

    private static TaskCompletionSource Released()
    {
        var released = new TaskCompletionSource();
        released.SetResult();
        return released;
    }

    private async ValueTask<T> ElsewhereAsync<T>(Func<ValueTask<T>> ask)
    {
        ValueTask<T> asking;
        Interlocked.Increment(ref _underWay);
        try
        {
            await Task.Yield();
            await _held.Task;
            asking = ask();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }

        return await asking;
    }
}
