using Throttle.Core.Rules;

namespace Throttle.Core.Queues;

/// <summary>Does the work that was handed over to queues. A host registers as many as it likes; the first that can is asked.</summary>
/// <remarks>
/// Each item comes at least once: after a crash, or an answer that was lost, it comes again under the same id. The items of one
/// key come in order and one at a time; those of different keys come at the same time.
/// </remarks>
public interface IWorkProcessor
{
    /// <summary>Whether it does the work of this rule.</summary>
    bool CanProcess(Rule rule);

    /// <summary>
    /// Waits until an attempt may begin, for processors that bound how many are under way. The rule's time-out starts afterwards. By
    /// default there is no wait.
    /// </summary>
    /// <param name="rule">A rule whose work it does.</param>
    /// <param name="stopping">Cancelled when the process stops.</param>
    /// <returns>Is disposed of when the attempt has ended; null for nothing.</returns>
    ValueTask<IDisposable?> EnterAsync(Rule rule, CancellationToken stopping) => default;

    /// <summary>Makes one attempt.</summary>
    /// <param name="delivery">The work.</param>
    /// <param name="cancellationToken">
    /// Cancelled when the rule's time-out has passed or the process stops; the item is tried again. Whoever does not heed it holds up
    /// its key.
    /// </param>
    /// <returns>What became of it. An exception is a failure that is tried again.</returns>
    ValueTask<WorkResult> ProcessAsync(WorkDelivery delivery, CancellationToken cancellationToken);
}
