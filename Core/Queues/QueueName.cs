namespace Throttle.Core.Queues;

/// <summary>One queue of work: a rule and a key.</summary>
internal readonly record struct QueueName(string RuleId, string Key);
