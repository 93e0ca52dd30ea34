using Throttle.Core;

namespace Throttle.Cli.Simulating;

/// <summary>Permits of a throttle in this process.</summary>
internal sealed class LocalPermits(IThrottle throttle) : IPermitSource
{
    public async ValueTask<PermitOffer> ReserveAsync(CancellationToken cancellationToken)
    {
        var decision = await throttle.ReserveAsync(new ThrottleRequest([], MaxWait: TimeSpan.MaxValue), cancellationToken).ConfigureAwait(false);
        return new(
            decision.IsAllowed ? PermitOutcome.Granted : PermitOutcome.Refused, decision.Delay, decision.RetryAfter, decision);
    }

    public async ValueTask<(PermitOutcome Outcome, TimeSpan Time)> BeginAsync(PermitOffer offer, CancellationToken cancellationToken)
    {
        var begin = await throttle.BeginAsync(Decision(offer), cancellationToken).ConfigureAwait(false);
        return (begin.Outcome, begin.Outcome == PermitOutcome.Begun ? begin.Within : begin.Wait);
    }

    public async ValueTask RanAsync(PermitOffer offer, TimeSpan ago, CancellationToken cancellationToken) =>
        await throttle.RanAsync(Decision(offer), ago, cancellationToken).ConfigureAwait(false);

    public async ValueTask ReturnAsync(PermitOffer offer) => await throttle.ReturnAsync(Decision(offer)).ConfigureAwait(false);

    private static Decision Decision(PermitOffer offer) => (Decision)offer.Handle!;
}
