using Throttle.Core.Rules;

namespace Throttle.Core.Queues;

/// <summary>Work whose turn has come.</summary>
/// <param name="Rule">The rule of its queue.</param>
/// <param name="Key">The queue within the rule.</param>
/// <param name="Work">The work.</param>
/// <param name="Attempt">1 for the first time. After a crash the same number may come again.</param>
/// <param name="EnqueuedAt">When it was handed over, or put back.</param>
public sealed record WorkDelivery(Rule Rule, string Key, Work Work, int Attempt, DateTimeOffset EnqueuedAt);
