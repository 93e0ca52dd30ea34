using System.Collections.Concurrent;
using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Tests.AspNetCore;

/// <summary>
/// A throttle over another whose answers come from elsewhere, as a cluster's do: nothing is answered before its call returns.
/// </summary>
internal sealed class WrappedThrottle(IThrottle inner) : IThrottle
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

    /// <summary>Keeps answers back until <see cref="Release"/>.</summary>
    public void Hold() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _held.TrySetResult();

    public async ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default)
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

    public async ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default)
    {
        Asked.Enqueue(request);
        await BeforeReserving();
        return await ElsewhereAsync(() => inner.ReserveAsync(request, cancellationToken));
    }

    public async ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default)
    {
        return await ElsewhereAsync(() => inner.ReserveEachAsync(requests, cancellationToken));
    }

    public ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        ElsewhereAsync(() => inner.PeekAsync(request, cancellationToken));

    public ValueTask<BeginDecision> BeginAsync(Decision decision, CancellationToken cancellationToken = default) =>
        inner.BeginAsync(decision, cancellationToken);

    public ValueTask<BeginDecision> BeginAsync(
        ThrottleRequest request, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        inner.BeginAsync(request, at, cancellationToken);

    public ValueTask<bool> RanAsync(Decision decision, TimeSpan ago, CancellationToken cancellationToken = default) =>
        inner.RanAsync(decision, ago, cancellationToken);

    public ValueTask<bool> RanAsync(
        ThrottleRequest request, DateTimeOffset at, TimeSpan ago, CancellationToken cancellationToken = default) =>
        inner.RanAsync(request, at, ago, cancellationToken);

    public ValueTask<Factor?> SetFactorAsync(
        string ruleId, string key, Factor factor, CancellationToken cancellationToken = default) =>
        inner.SetFactorAsync(ruleId, key, factor, cancellationToken);

    public ValueTask<bool> ReturnAsync(Decision decision, CancellationToken cancellationToken = default) =>
        inner.ReturnAsync(decision, cancellationToken);

    public ValueTask<Decision> ReturnAsync(
        ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        inner.ReturnAsync(request, at, cancellationToken);

    public ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default) =>
        inner.EndLeaseAsync(lease, cancellationToken);

    public ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default)
    {
        Renewed++;
        return inner.RenewLeaseAsync(lease, cancellationToken);
    }

    public ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        inner.InspectAsync(ruleId, key, cancellationToken);

    public ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        inner.ResetAsync(ruleId, key, cancellationToken);

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
