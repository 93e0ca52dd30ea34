using Throttle.Core.Queues;
using Throttle.Core.Rules;

namespace Throttle.Tests.Cluster.Queues;

/// <summary>A processor shared by all silos: it notes what it gets and answers as it is told.</summary>
internal sealed class Worker : IWorkProcessor
{
    private readonly Lock _gate = new();
    private readonly List<(string Key, string Id, int Attempt)> _got = [];
    private readonly Dictionary<string, int> _underWay = [];

    /// <summary>The answer to each; done unless set.</summary>
    public Func<WorkDelivery, CancellationToken, ValueTask<WorkResult>> Answer { get; set; } = (_, _) => new(WorkResult.Done);

    /// <summary>Whether it does anybody's work.</summary>
    public bool IsWilling { get; set; } = true;

    /// <summary>The most deliveries of one key that were under way at a time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Deliveries of a key in the order in which they began.</summary>
    public IReadOnlyList<string> Of(string key)
    {
        lock (_gate)
        {
            return [.. _got.Where(got => got.Key == key).Select(got => got.Id)];
        }
    }

    public bool CanProcess(Rule rule) => IsWilling;

    public async ValueTask<WorkResult> ProcessAsync(WorkDelivery delivery, CancellationToken cancellationToken)
    {
        Note(delivery.Key, delivery.Work.Id, delivery.Attempt, by: 1);
        try
        {
            return await Answer(delivery, cancellationToken);
        }
        finally
        {
            Note(delivery.Key, null, 0, by: -1);
        }
    }

    private void Note(string key, string? id, int attempt, int by)
    {
        lock (_gate)
        {
            _underWay[key] = _underWay.GetValueOrDefault(key) + by;
            MostAtOnce = Math.Max(MostAtOnce, _underWay[key]);
            if (id is not null)
            {
                _got.Add((key, id, attempt));
            }
        }
    }
}
