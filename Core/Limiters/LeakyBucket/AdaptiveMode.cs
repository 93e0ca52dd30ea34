namespace Throttle.Core.Limiters;

/// <summary>When an adaptive leaky bucket looks at its level and adjusts its factor.</summary>
public enum AdaptiveMode
{
    /// <summary>At fixed instants, whoever asks and however often; the default.</summary>
    Elapsed,

    /// <summary>
    /// At each call that may wait, and again at each look that it takes while it waits, as in asyncutils.buckets, from which it
    /// comes: the more calls, the faster the factor moves.
    /// </summary>
    PerCall,
}
