namespace Throttle.Grains.Interfaces;

/// <summary>
/// One bucket: one rule and one client key, with one owner in the whole cluster. Its grain key is <see cref="BucketGrainKey"/>,
/// such as <c>per-client/42</c>.
/// </summary>
/// <remarks>
/// <para>Every method that takes <c>rulesVersion</c> is told the version of the rules that the caller works with; 0 when it
/// knows none. A silo with older rules fetches the newer ones first. A call whose rule is gone, or has become another algorithm,
/// answers <see cref="BucketStatus.Stale"/> to a caller with a version, and throws to one without.</para>
/// <para>All durations are relative, so that clocks may differ. Instants in a grant are the owner's own and mean something to it
/// alone.</para>
/// <para>At most once: a call that times out, or whose silo dies, may have taken its permits or not.</para>
/// </remarks>
/// <exception cref="ArgumentException">There is no such rule, it has another algorithm, or an argument is out of range.</exception>
[Alias("throttle.IBucketGrain")]
public interface IBucketGrain : IGrainWithStringKey
{
    /// <summary>Takes permits, all or none, and answers at once.</summary>
    /// <param name="permits">0 or more; 0 asks without taking.</param>
    /// <param name="maxWait">
    /// Zero, or how long the caller would wait: then an allowed answer may have a <see cref="BucketReply.Delay"/>, after which the
    /// caller goes. It is paid for; return it if it is not used.
    /// </param>
    /// <param name="rulesVersion">The caller's rules; 0 when it knows none.</param>
    /// <param name="cancellationToken">Gives up; a call that has begun may have taken its permits.</param>
    [Alias("Acquire")]
    ValueTask<BucketReply> AcquireAsync(
        long permits = 1, TimeSpan maxWait = default, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Several calls to this bucket in one, answered in order, each on its own.</summary>
    [Alias("AcquireEach")]
    ValueTask<BucketReply[]> AcquireEachAsync(
        long[] permits, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="AcquireAsync"/> would answer, taking nothing.</summary>
    [Alias("Peek")]
    ValueTask<BucketReply> PeekAsync(
        long permits = 0, TimeSpan maxWait = default, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Gives back what was granted.</summary>
    [Alias("Return")]
    ValueTask<ReturnReply> ReturnAsync(BucketGrant grant, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks, just before the call of a grant is made, whether it may run now; <c>spacing</c> keeps such calls an interval apart
    /// by when they run. May be asked again until the call is made.
    /// </summary>
    /// <param name="grant">What was granted.</param>
    /// <param name="lag">How much later than the granted instant the call is to be made, because other rules granted a later one.</param>
    /// <param name="rulesVersion">The caller's rules; 0 when it knows none.</param>
    /// <param name="cancellationToken">Gives up; then the call must not be made.</param>
    [Alias("Begin")]
    ValueTask<BeginReply> BeginAsync(
        BucketGrant grant, TimeSpan lag = default, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Tells how long ago the call of a grant that was begun has run.</summary>
    /// <returns>Whether that was of use.</returns>
    [Alias("Ran")]
    ValueTask<bool> RanAsync(
        BucketGrant grant, TimeSpan ago, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>The factor of an adaptive bucket in billionths, after setting it where one is given.</summary>
    /// <returns>The factor, or null where the bucket has none.</returns>
    [Alias("Factor")]
    ValueTask<long?> FactorAsync(long? billionths = null, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Extends a lease to one lease time from now.</summary>
    /// <returns>When it now ends, in ticks of the owner's clock (UTC), or null when it is not held.</returns>
    [Alias("Renew")]
    ValueTask<long?> RenewAsync(Guid leaseId, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Makes the bucket new. Who waits for an instant keeps it.</summary>
    /// <returns>Whether there was anything to forget.</returns>
    [Alias("Reset")]
    ValueTask<bool> ResetAsync(long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes permits, or a place in the queue, and completes at the caller's turn. A wait that is longer than a call should last
    /// is answered <see cref="WaitStatus.Waiting"/>; the caller goes on with <see cref="AwaitAsync"/>.
    /// </summary>
    /// <param name="ticket">A new identifier, made by the caller. Calling again with the same one joins the same place.</param>
    /// <param name="permits">1 or more.</param>
    /// <param name="maxWait">The longest acceptable wait. A turn that comes too late is refused at once; a place in line for a lease is refused at its end.</param>
    /// <param name="rulesVersion">The caller's rules; 0 when it knows none.</param>
    /// <param name="cancellationToken">Leaves the queue; permits are given back, and those behind move up.</param>
    [Alias("Wait")]
    ValueTask<WaitReply> WaitAsync(
        Guid ticket, long permits, TimeSpan maxWait, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Goes on waiting. The place of a caller that has not asked for half a minute may be given up.</summary>
    [Alias("Await")]
    ValueTask<WaitReply> AwaitAsync(Guid ticket, CancellationToken cancellationToken = default);

    /// <summary>Leaves the queue: what was reserved is given back, and those behind move up.</summary>
    /// <returns>Whether the caller left. When not, its turn had come, or the ticket is not known.</returns>
    [Alias("Leave")]
    ValueTask<bool> LeaveAsync(Guid ticket, CancellationToken cancellationToken = default);
}
