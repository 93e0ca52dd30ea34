using Throttle.Core.Limiters;

namespace Throttle.Core;

/// <summary>
/// A throttle that passes everything on to another. Derive from it to change some of it: to count, to log, to ask elsewhere first.
/// </summary>
public abstract class DelegatingThrottle : IThrottle
{
    /// <inheritdoc/>
    public virtual bool AnswersAtOnce => Inner.AnswersAtOnce;

    /// <summary>The throttle that is asked.</summary>
    protected abstract IThrottle Inner { get; }

    /// <inheritdoc/>
    public virtual ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        Inner.AcquireAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        Inner.ReserveAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default) =>
        Inner.ReserveEachAsync(requests, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        Inner.PeekAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<BeginDecision> BeginAsync(Decision decision, CancellationToken cancellationToken = default) =>
        Inner.BeginAsync(decision, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<BeginDecision> BeginAsync(
        ThrottleRequest request, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        Inner.BeginAsync(request, at, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> RanAsync(Decision decision, TimeSpan ago, CancellationToken cancellationToken = default) =>
        Inner.RanAsync(decision, ago, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> RanAsync(
        ThrottleRequest request, DateTimeOffset at, TimeSpan ago, CancellationToken cancellationToken = default) =>
        Inner.RanAsync(request, at, ago, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<Factor?> SetFactorAsync(
        string ruleId, string key, Factor factor, CancellationToken cancellationToken = default) =>
        Inner.SetFactorAsync(ruleId, key, factor, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> ReturnAsync(Decision decision, CancellationToken cancellationToken = default) =>
        Inner.ReturnAsync(decision, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<Decision> ReturnAsync(
        ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        Inner.ReturnAsync(request, at, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default) =>
        Inner.EndLeaseAsync(lease, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default) =>
        Inner.RenewLeaseAsync(lease, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        Inner.InspectAsync(ruleId, key, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        Inner.ResetAsync(ruleId, key, cancellationToken);
}
