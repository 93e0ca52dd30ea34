namespace Throttle.Grains.Interfaces;

/// <summary>The cluster's rules: one grain, whose key is <see cref="Key"/>. They persist in the configured storage.</summary>
[Alias("throttle.IRuleGrain")]
public interface IRuleGrain : IGrainWithStringKey
{
    /// <summary>The key of the only one.</summary>
    const string Key = "rules";

    /// <summary>The rules in force; version 0 where nobody has given any yet.</summary>
    [Alias("Get")]
    ValueTask<RuleSetWire> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The rules in force, after taking <paramref name="offered"/> if they are newer: a first silo's rule file into a new
    /// cluster, or what a silo still knows where the storage has lost it.
    /// </summary>
    [Alias("Offer")]
    ValueTask<RuleSetWire> OfferAsync(RuleSetWire offered, CancellationToken cancellationToken = default);

    /// <summary>Puts a whole set in force, under the next version, or nothing.</summary>
    /// <param name="rules">The rules, in order.</param>
    /// <param name="expectedVersion">The version they were edited from, or null to overwrite whatever is there.</param>
    /// <param name="cancellationToken">Stops before anything has changed.</param>
    /// <exception cref="ArgumentException">The rules are faulty; all faults are in the message.</exception>
    [Alias("Replace")]
    ValueTask<RuleEditReply> ReplaceAsync(
        RuleWire[] rules, long? expectedVersion, CancellationToken cancellationToken = default);

    /// <summary>Completes when the rules are of another version than the caller's, or after a while without a change.</summary>
    /// <returns>The rules, or null when nothing has changed: ask again.</returns>
    [Alias("Watch")]
    ValueTask<RuleSetWire?> WatchAsync(long version, CancellationToken cancellationToken = default);
}
