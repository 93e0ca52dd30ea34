using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.AspNetCore;

/// <summary>
/// The lease of a decision under rules of the kind <c>concurrency</c>, renewed for as long as it is held: work that takes longer than a
/// lease keeps its place, and the place of a process that dies comes back.
/// </summary>
internal sealed class HeldLease : IAsyncDisposable
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromDays(1);

    private readonly IThrottle _throttle;
    private readonly string _lease;
    private readonly ITimer _timer;
    private int _isEnded;

    private HeldLease(IThrottle throttle, string lease, TimeSpan interval, TimeProvider time)
    {
        (_throttle, _lease) = (throttle, lease);
        _timer = time.CreateTimer(_ => _ = RenewAsync(), null, interval, interval);
    }

    /// <summary>Holds a decision's lease; null when it has none.</summary>
    public static HeldLease? Of(IThrottle throttle, Decision decision, TimeProvider time)
    {
        if (decision.Lease is not { } lease)
        {
            return null;
        }

        var ticks = decision.Rules.Min(rule => rule.Lease is not null && rule.Rule.Limit is ConcurrencySpec spec ? spec.LeaseTicks : long.MaxValue);
        return new HeldLease(throttle, lease, TimeSpan.FromTicks(Math.Clamp(ticks / 3, TimeSpan.TicksPerMillisecond, LongestInterval.Ticks)), time);
    }

    /// <summary>Gives the place back. Where that fails it comes back when the lease ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            _timer.Dispose();
            await TryAsync(async () => await _throttle.EndLeaseAsync(_lease, CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>A renewal that fails is tried again; there are three within a lease.</summary>
    private Task RenewAsync() =>
        TryAsync(async () => await _throttle.RenewLeaseAsync(_lease, CancellationToken.None).ConfigureAwait(false));

    private static Task TryAsync(Func<Task> act)
    {
        try
        {
            return SwallowAsync(act());
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Task.CompletedTask;
        }

        static async Task SwallowAsync(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
