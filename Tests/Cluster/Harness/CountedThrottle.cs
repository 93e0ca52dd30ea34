using Throttle.Core;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>
/// Counts the calls under way that take permits, so that a test can tell when all of them wait for something. Calls that may
/// wait arrive in the order in which they are made, one after the other: Orleans promises no order for calls made at once.
/// </summary>
internal sealed class CountedThrottle(IThrottle inner, TestClock clock, CallWatch calls) : DelegatingThrottle
{
    private readonly Lock _gate = new();
    private Task _arrived = Task.CompletedTask;
    private int _underWay;

    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>What the throttle waits by where it waits itself.</summary>
    public TestClock Clock => clock;

    protected override IThrottle Inner => inner;

    public override ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        CountAsync(inner.AcquireAsync, request, cancellationToken);

    public override ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        CountAsync(inner.ReserveAsync, request, cancellationToken);

    private async ValueTask<Decision> CountAsync(
        Func<ThrottleRequest, CancellationToken, ValueTask<Decision>> call, ThrottleRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            return request.MaxWait == TimeSpan.Zero
                ? await call(request, cancellationToken)
                : await CallInOrderAsync(call, request, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async ValueTask<Decision> CallInOrderAsync(
        Func<ThrottleRequest, CancellationToken, ValueTask<Decision>> call, ThrottleRequest request, CancellationToken cancellationToken)
    {
        var arrived = new TaskCompletionSource();
        Task before;
        lock (_gate)
        {
            (before, _arrived) = (_arrived, arrived.Task);
        }

        await before;
        Task<Decision> asked;
        try
        {
            asked = call(request, cancellationToken).AsTask();
            await Eventually.IsTrueAsync(() => asked.IsCompleted || calls.IsQuiet, "the call is answered or has arrived");
        }
        finally
        {
            arrived.SetResult();
        }

        return await asked;
    }
}
