namespace Throttle.Core.Limiters;

/// <summary>A limiter whose permits are held for a while and must be renewed, such as the concurrency limiter.</summary>
public interface ILeaseLimiter<TState> : ILimiter<TState>
    where TState : struct
{
    /// <summary>Extends a lease to one lease time from <paramref name="now"/>.</summary>
    /// <returns>When it now ends, or null when the lease is not held (ended, returned, or never granted).</returns>
    long? Renew(ref TState state, Guid leaseId, long now);
}
