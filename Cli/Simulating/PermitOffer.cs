using Throttle.Core;

namespace Throttle.Cli.Simulating;

/// <summary>An answer to a worker that asks for a permit.</summary>
/// <param name="Outcome">Granted, refused, or unavailable.</param>
/// <param name="Delay">How long to wait before the call.</param>
/// <param name="RetryAfter">When refused: how long until it is worth asking again.</param>
/// <param name="Handle">What the source knows it by.</param>
internal readonly record struct PermitOffer(PermitOutcome Outcome, TimeSpan Delay, TimeSpan RetryAfter, object? Handle);
