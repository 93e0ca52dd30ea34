using Throttle.Core.Limiters;
using Throttle.Core.Queues;

namespace Throttle.Core.Local;

/// <summary>One key's work in this process. Whoever uses it holds its <see cref="Gate"/>.</summary>
internal sealed class LocalQueue(QueueName name, QueueSpec spec, LocalTurns turns) : ITurns
{
    public Lock Gate { get; } = new();

    public QueueName Name { get; } = name;

    public WorkQueue Work { get; } = new(spec);

    /// <summary>Wakes it up; null while nothing is in line.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>Whether it was forgotten: another stands in its place, or none.</summary>
    public bool IsGone { get; set; }

    /// <summary>What was counted of its bytes.</summary>
    public long CountedBytes { get; set; }

    public LimiterDecision Take(long now) => turns.Take(Name);

    public LimiterDecision Peek(long now) => turns.Peek(Name);

    public void GiveBack(in Grant turn, long now) => turns.GiveBack(Name, turn);
}
