using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>
/// Counts the calls under way that take permits, so that a test can tell when all of them wait for something. Calls that may
/// wait arrive in the order in which they are made, one after the other: Orleans promises no order for calls made at once.
/// </summary>
internal sealed class CountedThrottle(IThrottle inner, TestClock clock, CallWatch calls) : IThrottle
{
    private readonly Lock _gate = new();
    private Task _arrived = Task.CompletedTask;
    private int _underWay;

    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>What the throttle waits by where it waits itself.</summary>
    public TestClock Clock => clock;

    public ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        CountAsync(inner.AcquireAsync, request, cancellationToken);

    public ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        CountAsync(inner.ReserveAsync, request, cancellationToken);

    public ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default) =>
        inner.ReserveEachAsync(requests, cancellationToken);

    public ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        inner.PeekAsync(request, cancellationToken);

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

    public ValueTask<Decision> ReturnAsync(ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        inner.ReturnAsync(request, at, cancellationToken);

    public ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default) => inner.EndLeaseAsync(lease, cancellationToken);

    public ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default) =>
        inner.RenewLeaseAsync(lease, cancellationToken);

    public ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        inner.InspectAsync(ruleId, key, cancellationToken);

    public ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        inner.ResetAsync(ruleId, key, cancellationToken);

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
