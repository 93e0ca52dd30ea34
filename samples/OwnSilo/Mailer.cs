using System.Collections.Concurrent;
using System.Text;
using Throttle.Core.Queues;
using Throttle.Core.Rules;

namespace Throttle.Samples.OwnSilo;

/// <summary>Does the work of the rule <c>mail</c>: here it only remembers it. The items of one key come in order, one at a time, at the rule's rate.</summary>
internal sealed class Mailer : IWorkProcessor
{
    public ConcurrentQueue<string> Sent { get; } = new();

    public bool CanProcess(Rule rule) => rule.Id == "mail";

    public ValueTask<WorkResult> ProcessAsync(WorkDelivery delivery, CancellationToken cancellationToken)
    {
        Sent.Enqueue($"{delivery.Work.Id}: {Encoding.UTF8.GetString(delivery.Work.Payload.Span)}");
        return new(WorkResult.Done);
    }
}
