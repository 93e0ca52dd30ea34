namespace Throttle.Core;

/// <summary>Permits to make one call each.</summary>
public static class PermitExtensions
{
    /// <summary>
    /// Asks for a permit, and waits for its turn where the caller may wait. Refused or not, there is one to look at and to dispose.
    /// </summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="attributes">What is known of the call.</param>
    /// <param name="maxWait">The longest acceptable wait for the turn; zero for now or never.</param>
    /// <param name="time">Times what is left of the waiting, and the grace; the system's by default.</param>
    /// <param name="cancellationToken">Ends waiting; nothing is taken.</param>
    /// <example>
    /// <code>
    /// await using var permit = await throttle.PermitAsync([("api", "search")], maxWait: TimeSpan.FromSeconds(10));
    /// if (await permit.BeginAsync() == PermitOutcome.Begun)
    /// {
    ///     await CallAsync();
    /// }
    /// </code>
    /// </example>
    public static ValueTask<CallPermit> PermitAsync(
        this IThrottle throttle,
        Attributes attributes,
        TimeSpan maxWait = default,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default) =>
        throttle.PermitAsync(new ThrottleRequest(attributes, MaxWait: maxWait), time, cancellationToken);

    /// <summary>As <see cref="PermitAsync(IThrottle, Attributes, TimeSpan, TimeProvider?, CancellationToken)"/>, for any request.</summary>
    public static async ValueTask<CallPermit> PermitAsync(
        this IThrottle throttle, ThrottleRequest request, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(throttle);
        var decision = await throttle.AcquireAsync(request, cancellationToken).ConfigureAwait(false);
        return new(throttle, decision, time ?? TimeProvider.System);
    }
}
