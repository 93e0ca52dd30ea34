using System.Collections.Concurrent;
using Throttle.Core.Queues;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Queues;

/// <summary>A processor that notes what it gets and answers as it is told.</summary>
internal sealed class Collector(TimeProvider time) : IWorkProcessor
{
    private readonly ConcurrentQueue<(WorkDelivery Delivery, DateTimeOffset At)> _got = new();

    /// <summary>The answer to each; done unless set.</summary>
    public Func<WorkDelivery, CancellationToken, ValueTask<WorkResult>> Answer { get; set; } = (_, _) => new(WorkResult.Done);

    public Func<Rule, bool> Takes { get; set; } = _ => true;

    public IReadOnlyList<(WorkDelivery Delivery, DateTimeOffset At)> Got => [.. _got];

    public IEnumerable<string> Ids => _got.Select(got => got.Delivery.Work.Id);

    public bool CanProcess(Rule rule) => Takes(rule);

    public ValueTask<WorkResult> ProcessAsync(WorkDelivery delivery, CancellationToken cancellationToken)
    {
        _got.Enqueue((delivery, time.GetUtcNow()));
        return Answer(delivery, cancellationToken);
    }
}
