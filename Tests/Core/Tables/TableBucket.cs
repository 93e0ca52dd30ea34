using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Tables;

/// <inheritdoc/>
internal sealed class TableBucket<TState> : ITableBucket
    where TState : struct
{
    private ILimiter<TState> _limiter;
    private TState _state;

    public TableBucket(ILimiter<TState> limiter, long now, long? remaining)
    {
        _limiter = limiter;
        _state = remaining is { } permits ? limiter.CreateWith(permits, now) : limiter.Create(now);
    }

    public LimiterDecision Acquire(long cost, long now, long maxWaitTicks) => _limiter.Acquire(ref _state, cost, now, maxWaitTicks);

    public LimiterDecision Peek(long cost, long now, long maxWaitTicks) => _limiter.Peek(_state, cost, now, maxWaitTicks);

    public void Change(ITableBucket to, OnChange onChange, long now)
    {
        var limiter = ((TableBucket<TState>)to)._limiter;
        _state = limiter.CarryOver(_state, _limiter, onChange, now);
        _limiter = limiter;
    }
}
