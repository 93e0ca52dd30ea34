using Throttle.Core.Limiters;

namespace Throttle.Core.Queues;

/// <summary>Where a queue of work has its turns from: the bucket whose line it shares with those who wait and reserve.</summary>
public interface ITurns
{
    /// <summary>The next turn, however long the wait.</summary>
    LimiterDecision Take(long now);

    /// <summary>What <see cref="Take"/> would answer, taking nothing.</summary>
    LimiterDecision Peek(long now);

    /// <summary>A turn is not needed. One that has come, or that others were given turns after, may be lost.</summary>
    void GiveBack(in Grant turn, long now);
}
