namespace Throttle.Core.Limiters;

/// <summary>A limiter whose rate is multiplied by a factor that follows its level.</summary>
public interface IAdaptiveLimiter<TState> : ILimiter<TState>
    where TState : struct
{
    /// <summary>Whether <see cref="SetFactor"/> may be called from outside.</summary>
    bool IsFactorSettable { get; }

    /// <summary>The factor now; where permits are reserved ahead, at the last reservation's instant.</summary>
    Factor FactorOf(in TState state, long now);

    /// <summary>Sets the factor, clamped to its floor and ceiling; it goes on from there.</summary>
    /// <returns>What it is now.</returns>
    /// <exception cref="InvalidOperationException">The numbers say that it may not be set.</exception>
    Factor SetFactor(ref TState state, Factor factor, long now);
}
