namespace Throttle.Core.Rules;

/// <summary>The rules in force, and how they are edited.</summary>
public interface IRules
{
    /// <summary>The set in force: immutable, safe to use from any thread.</summary>
    RuleSet Current { get; }

    /// <summary>Raised after a new set has come into force, in order.</summary>
    event Action<RuleSet> Changed;

    /// <summary>Puts a whole set in force, or nothing.</summary>
    /// <param name="rules">The new rules, in order.</param>
    /// <param name="expectedVersion">The version they were edited from, or null to overwrite whatever is there.</param>
    /// <param name="cancellationToken">Stops before anything has changed.</param>
    /// <exception cref="InvalidRulesException">The rules are faulty; all faults are listed.</exception>
    /// <exception cref="RuleVersionConflictException">Somebody else was first.</exception>
    /// <exception cref="IOException">Where the rules are kept did not take them; the ones in force have not changed.</exception>
    /// <exception cref="Failures.FailureException">The rules could not be stored, or the cluster could not be asked. Ask for the rules in force before the edit is repeated.</exception>
    ValueTask<RuleSet> ReplaceAsync(
        IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default);
}
