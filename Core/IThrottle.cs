using Throttle.Core.Limiters;

namespace Throttle.Core;

/// <summary>
/// Asks whether something may be done now. Every rule that matches must agree: one refusal takes nothing from any.
/// Safe from any number of threads.
/// </summary>
/// <remarks>
/// A refusal is a result, not an exception. Exceptions mean misuse (<see cref="ArgumentException"/> for a negative cost, a
/// negative wait, a cost attribute that is no number) or cancellation.
/// </remarks>
public interface IThrottle
{
    /// <summary>
    /// Whether every question that does not wait is answered on the caller's thread before its call returns: the buckets are in this
    /// process. False where another machine may have to be asked.
    /// </summary>
    bool AnswersAtOnce => false;

    /// <summary>
    /// Takes permits and completes when they may be used: at once, or, where the request may wait, at its turn. A turn that
    /// comes too late for <see cref="ThrottleRequest.MaxWait"/> is refused at once. Waiting holds no thread; cancelling it
    /// gives the permits back.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is taken.</exception>
    ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="AcquireAsync"/>, but answers at once: an allowed decision with a <see cref="Decision.Delay"/> above zero
    /// is a paid reservation, and the caller goes when it is due. Rules of the kind <c>concurrency</c>, whose turns nobody
    /// can foretell, are waited for.
    /// </summary>
    ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Answers several requests, each as <see cref="ReserveAsync"/> does, whatever the others are told. They are asked in
    /// order, those for one bucket one after the other, and no request waits for the answer to another. The answers come
    /// together, when there is one for each. In a cluster, requests that one rule decides without a wait travel together.
    /// </summary>
    /// <returns>A decision for each request, in order.</returns>
    /// <exception cref="InvalidRequestsException">Misuse, with every request that cannot be asked; nothing is taken for any.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is taken for any.</exception>
    ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default);

    /// <summary>What <see cref="ReserveAsync"/> would answer, taking nothing.</summary>
    ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks, just before a granted call is made, whether it may run now: rules of the kind <c>spacing</c> keep calls that ask an
    /// interval apart by when they run, not only by when they were told to. Other rules do not care. May be asked again until the
    /// call is made. <see cref="PermitExtensions"/> does all of it.
    /// </summary>
    /// <param name="decision">An allowed decision.</param>
    /// <param name="cancellationToken">Gives up; then the call must not be made.</param>
    ValueTask<BeginDecision> BeginAsync(Decision decision, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="BeginAsync(Decision, CancellationToken)"/>, for callers that did not keep the decision.</summary>
    /// <param name="request">The attributes that were asked with.</param>
    /// <param name="at">The decision's <see cref="Decision.At"/>.</param>
    /// <param name="cancellationToken">Gives up; then the call must not be made.</param>
    ValueTask<BeginDecision> BeginAsync(ThrottleRequest request, DateTimeOffset at, CancellationToken cancellationToken = default);

    /// <summary>Tells that a call that was begun has run, so that the next need not wait for the latest instant at which it might have.</summary>
    /// <param name="decision">The decision that it was begun under.</param>
    /// <param name="ago">How long ago it ran, zero or more.</param>
    /// <param name="cancellationToken">Gives up; nothing is lost but the shorter wait.</param>
    /// <returns>Whether it was of use to any rule.</returns>
    ValueTask<bool> RanAsync(Decision decision, TimeSpan ago, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="RanAsync(Decision, TimeSpan, CancellationToken)"/>, for callers that did not keep the decision.</summary>
    ValueTask<bool> RanAsync(ThrottleRequest request, DateTimeOffset at, TimeSpan ago, CancellationToken cancellationToken = default);

    /// <summary>Sets the factor of an adaptive bucket, clamped to its floor and ceiling.</summary>
    /// <returns>What it is now, or null when there is no such rule.</returns>
    /// <exception cref="Rules.FactorNotSettableException">The rule has no factor, or does not let it be set.</exception>
    /// <exception cref="Failures.FailureException">The bucket could not be asked.</exception>
    ValueTask<Factor?> SetFactorAsync(string ruleId, string key, Factor factor, CancellationToken cancellationToken = default);

    /// <summary>Gives back all that a decision took, in every rule. A refused decision took nothing.</summary>
    /// <returns>Whether every permit was still worth giving back.</returns>
    ValueTask<bool> ReturnAsync(Decision decision, CancellationToken cancellationToken = default);

    /// <summary>Gives permits back by what was asked, for callers that did not keep the decision.</summary>
    /// <param name="request">The attributes and cost that were asked with.</param>
    /// <param name="at">The decision's <see cref="Decision.At"/>; null for now, which in windowed rules means the present window.</param>
    /// <param name="cancellationToken">Stops before anything was given back.</param>
    /// <returns>What each matching rule holds now. Rules of the kind <c>concurrency</c> are left out: they want the lease.</returns>
    ValueTask<Decision> ReturnAsync(
        ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default);

    /// <summary>Ends a lease: its permits are free again.</summary>
    /// <returns>Whether it was still held.</returns>
    /// <exception cref="FormatException">The text is not a lease.</exception>
    ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default);

    /// <summary>Extends a lease to one lease time from now.</summary>
    /// <returns>When it now ends, or null when it is no longer held.</returns>
    /// <exception cref="FormatException">The text is not a lease.</exception>
    ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default);

    /// <summary>What one bucket holds; a bucket nobody has used is shown as new. Null when there is no such rule.</summary>
    ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default);

    /// <summary>Makes one bucket new.</summary>
    /// <returns>Whether it held anything to forget, or null when there is no such rule.</returns>
    ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default);
}
