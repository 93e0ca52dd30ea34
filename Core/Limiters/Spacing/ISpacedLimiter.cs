namespace Throttle.Core.Limiters;

/// <summary>A limiter that spaces calls by the instants at which they run, told by their holders, not only by those it granted.</summary>
public interface ISpacedLimiter<TState> : ILimiter<TState>
    where TState : struct
{
    /// <summary>
    /// The holder of a grant is about to make its call. Told to go, it makes it within the stated time or not at all. Asking
    /// again is safe as long as the call has not been made.
    /// </summary>
    /// <param name="state">The bucket.</param>
    /// <param name="grant">What was granted.</param>
    /// <param name="lagTicks">How much later than its instant the call is to be made, because other rules granted a later one; 0 or more.</param>
    /// <param name="now">The present instant in ticks.</param>
    BeginAnswer Begin(ref TState state, in Grant grant, long lagTicks, long now);

    /// <summary>The call of a grant that was begun ran no later than <paramref name="ranAt"/>: the next need wait no longer than that.</summary>
    /// <returns>Whether it was still of use: not when another has been begun since.</returns>
    bool Ran(ref TState state, in Grant grant, long ranAt, long now);
}
