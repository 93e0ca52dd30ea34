using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <content>Calls that begin and have run, and factors. What they change is in storage before they are answered.</content>
internal abstract partial class BucketGrain
{
    public ValueTask<BeginReply> BeginAsync(
        BucketGrant grant, TimeSpan lag = default, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        CheckPermits(grant.Permits, least: 0);
        CheckInstant(grant.ValidAt);
        CheckLength(lag, nameof(lag));
        return WhenReadyAsync(
            rulesVersion, () => BeginAsync(grant.ToGrant(), lag.Ticks, cancellationToken), BeginReply.FromUnasked, cancellationToken);
    }

    public ValueTask<bool> RanAsync(
        BucketGrant grant, TimeSpan ago, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        CheckPermits(grant.Permits, least: 0);
        CheckInstant(grant.ValidAt);
        CheckLength(ago, nameof(ago));
        return WhenReadyAsync(
            rulesVersion,
            () =>
            {
                // Not waited for: storage that does not know of it makes the next call wait a little longer, and no call come too early.
                var now = Now;
                var isOfUse = _bucket!.Ran(grant.ToGrant(), Math.Max(0, now - ago.Ticks), now);
                Touch();
                return new(isOfUse);
            },
            _ => false,
            cancellationToken);
    }

    public ValueTask<long?> FactorAsync(
        long? billionths = null, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        if (billionths is { } given && (given < 0 || given > Factor.Max.Billionths))
        {
            throw new ArgumentOutOfRangeException(
                nameof(billionths), $"billionths is {given}; use 0 to {Factor.Max.Billionths}.");
        }

        return WhenReadyAsync<long?>(
            rulesVersion,
            () => FactorAsync(billionths, cancellationToken),
            reply => reply.Status == BucketStatus.Stale ? null : throw new InvalidOperationException(reply.Error),
            cancellationToken);
    }

    private static void CheckInstant(long validAt)
    {
        if (validAt is < 0 or > Core.Time.Ticks.MaxInstant)
        {
            throw new ArgumentOutOfRangeException(nameof(validAt), $"The grant's instant is {validAt}; use 0 to {Core.Time.Ticks.MaxInstant}.");
        }
    }

    private static void CheckLength(TimeSpan length, string name)
    {
        if (length < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(name, $"{name} is {length}; use 0 to {TimeSpan.MaxValue}.");
        }
    }

    private async ValueTask<BeginReply> BeginAsync(Grant grant, long lagTicks, CancellationToken cancellationToken)
    {
        var now = Now;
        var answer = _bucket!.Begin(grant, lagTicks, now);
        if (answer.Outcome == BeginOutcome.Begun)
        {
            var error = await CoverChangeAsync(now, cancellationToken);
            return error is null ? BeginReply.From(answer) : new(BeginStatus.Failed, 0, error.ToString());
        }

        return BeginReply.From(answer);
    }

    private async ValueTask<long?> FactorAsync(long? billionths, CancellationToken cancellationToken)
    {
        var now = Now;
        var factor = _bucket!.Factor(billionths is { } given ? new Factor(given) : null, now);
        if (factor is not null && billionths is not null && await CoverChangeAsync(now, cancellationToken) is { } error)
        {
            throw new InvalidOperationException(error.ToString());
        }

        return factor?.Billionths;
    }

    /// <summary>Something other than permits has changed.</summary>
    /// <returns>Why it could not be stored, or null.</returns>
    private async ValueTask<Failure?> CoverChangeAsync(long now, CancellationToken cancellationToken)
    {
        Keep(now, _bucket!.Peek(0, now).ResetAfterTicks);
        Touch();
        return IsCovered(now) ? null : await CoverAsync([], cancellationToken);
    }
}
