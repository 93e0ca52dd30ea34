namespace Throttle.Silo.Hosting;

/// <summary>Something outside keeps a silo from starting, and its user can put it right; the message is all that is shown.</summary>
internal sealed class SiloStartException(string message) : Exception(message);
