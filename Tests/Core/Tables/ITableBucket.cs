using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Tables;

/// <summary>A bucket of any limiter that a table names.</summary>
internal interface ITableBucket
{
    LimiterDecision Acquire(long cost, long now, long maxWaitTicks);

    LimiterDecision Peek(long cost, long now, long maxWaitTicks);

    /// <summary>Carries the bucket over to other numbers of the same algorithm.</summary>
    void Change(ITableBucket to, OnChange onChange, long now);
}
