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

    /// <summary>Makes one attempt.</summary>
    /// <param name="delivery">The work.</param>
    /// <param name="cancellationToken">
    /// Cancelled when the rule's time-out has passed or the process stops; the item is tried again. Whoever does not heed it holds up
    /// its key.
    /// </param>
    /// <returns>What became of it. An exception is a failure that is tried again.</returns>
    ValueTask<WorkResult> ProcessAsync(WorkDelivery delivery, CancellationToken cancellationToken);
}
