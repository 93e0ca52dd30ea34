namespace Throttle.Core.Limiters;

/// <summary>What the limiters that count in windows share: a state that is brought up to the present, and then decided on.</summary>
public abstract class WindowLimiter<TState>
    where TState : struct
{
    private protected WindowLimiter(long limit) => Limit = Limits.CheckPermits(limit, nameof(limit));

    /// <inheritdoc cref="ILimiter{TState}.Limit"/>
    public long Limit { get; }

    /// <inheritdoc cref="ILimiter{TState}.Acquire"/>
    public LimiterDecision Acquire(ref TState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        var next = At(state, now);
        var decision = Decide(ref next, cost, maxWaitTicks);
        if (cost > 0 && cost <= Limit)
        {
            state = next;
        }

        return decision;
    }

    /// <inheritdoc cref="ILimiter{TState}.Peek"/>
    public LimiterDecision Peek(in TState state, long cost, long now, long maxWaitTicks = 0)
    {
        Limits.CheckCost(cost);
        var next = At(state, now);
        return Decide(ref next, cost, maxWaitTicks);
    }

    /// <inheritdoc cref="ILimiter{TState}.UndoNewest"/>
    public bool UndoNewest(ref TState state, in TState before, in Grant grant, long now)
    {
        // A reservation lies in a window to come, and until that one comes nothing is taken from those before it.
        state = At(At(before, Last(state)), now);
        return true;
    }

    /// <summary>The last instant a state has seen.</summary>
    private protected abstract long Last(in TState state);

    /// <summary>The state at an instant, or as it is when it has seen a later one.</summary>
    private protected abstract TState At(in TState state, long now);

    /// <summary>The answer at the instant that the state has seen; changes the state when permits are granted.</summary>
    private protected abstract LimiterDecision Decide(ref TState state, long cost, long maxWaitTicks);
}
