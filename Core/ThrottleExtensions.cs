namespace Throttle.Core;

/// <summary>Shorter ways to ask.</summary>
public static class ThrottleExtensions
{
    /// <summary><see cref="IThrottle.AcquireAsync"/> without building a request.</summary>
    /// <example><c>await throttle.AcquireAsync([("user", "42")])</c></example>
    public static ValueTask<Decision> AcquireAsync(
        this IThrottle throttle,
        Attributes attributes,
        long cost = 1,
        TimeSpan maxWait = default,
        CancellationToken cancellationToken = default) =>
        throttle.AcquireAsync(new ThrottleRequest(attributes, cost, maxWait), cancellationToken);
}
