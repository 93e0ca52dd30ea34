using Throttle.Core;

namespace Throttle.Cli.Simulating;

/// <summary>Where workers get their permits.</summary>
internal interface IPermitSource
{
    /// <summary>Asks for a permit, now or later.</summary>
    ValueTask<PermitOffer> ReserveAsync(CancellationToken cancellationToken);

    /// <summary>Asks whether the call of a granted permit may run now.</summary>
    /// <returns>The outcome; within which time when begun, or how long to wait when told to.</returns>
    ValueTask<(PermitOutcome Outcome, TimeSpan Time)> BeginAsync(PermitOffer offer, CancellationToken cancellationToken);

    /// <summary>Tells how long ago the call ran.</summary>
    ValueTask RanAsync(PermitOffer offer, TimeSpan ago, CancellationToken cancellationToken);

    /// <summary>Gives a permit back unused.</summary>
    ValueTask ReturnAsync(PermitOffer offer);
}
