namespace Throttle.Core.Limiters;

/// <summary>Receives a limiter with its state's type.</summary>
public interface ILimiterVisitor<out TResult>
{
    /// <summary>Called once with the limiter.</summary>
    TResult Visit<TState>(ILimiter<TState> limiter)
        where TState : struct;
}
