using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Time;

namespace Throttle.Core.Streams;

/// <summary>A bucket of its own on this process's clock, with one timer for whoever is next; none while nobody waits.</summary>
internal sealed class RatePacer : Pacer
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly Bucket _bucket;
    private readonly long _stepAtRate;
    private ITimer? _timer;
    private long _available;

    public RatePacer(Rate rate, long burst, TimeProvider time)
    {
        (_time, _clock, Largest) = (time, new(time), burst);
        _bucket = Bucket.Create(new TokenBucketSpec(burst, rate), _clock.Now);
        (_available, _stepAtRate) = (burst, Math.Clamp(StepAt(rate), 1, Math.Max(1, burst / 2)));
    }

    public override long Largest { get; }

    public override long Step => Math.Max(Volatile.Read(ref _available), _stepAtRate);

    private protected override ValueTask<bool> TryPayAsync(long units, CancellationToken cancellationToken)
    {
        if (units > Largest)
        {
            return new(false);
        }

        BucketWaiter waiter;
        lock (_gate)
        {
            waiter = _bucket.Wait(units, _clock.Now, Ticks.Never);
            Arm();
        }

        Volatile.Write(ref _available, waiter.Decision.Remaining);
        return waiter.Task.IsCompletedSuccessfully && waiter.Task.Result.Decision.IsAllowed
            ? new(true)
            : new(AwaitAsync(waiter, cancellationToken));
    }

    private protected override PaymentRefusedException TooLarge(long units) =>
        new($"{units} at once are more than the burst of {Largest}, and never fit; use a larger burst, or smaller pieces.");

    private async Task<bool> AwaitAsync(BucketWaiter waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(_ => Leave(waiter), null);
        BucketAnswer answer;
        try
        {
            answer = await waiter.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        // Only a wait beyond the last instant there is can be refused.
        return answer.Decision.IsAllowed
            ? true
            : throw new PaymentRefusedException($"The turn of {waiter.Permits} would come after the year 9999.");
    }

    private void Leave(BucketWaiter waiter)
    {
        lock (_gate)
        {
            _bucket.Leave(waiter, _clock.Now);
            Arm();
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _bucket.Serve(_clock.Now);
            Arm();
        }
    }

    private void Arm()
    {
        if (_bucket.NextDueAt is var due && due != Ticks.Never)
        {
            _timer ??= _time.CreateTimer(
                static pacer => ((RatePacer)pacer!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            TimerDelay.Set(_timer, _time, _clock, due);
        }
    }
}
