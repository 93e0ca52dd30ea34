namespace Throttle.Core.Queues;

/// <summary>What a caller is told of work that was accepted, the first time and each time after.</summary>
/// <param name="Id">The work's id.</param>
/// <param name="EnqueuedAt">When it was accepted, in ticks.</param>
/// <param name="DueAt">The turn it was given then, in ticks. It may come earlier, when others leave, and later, when deliveries take long.</param>
public readonly record struct WorkReceipt(string Id, long EnqueuedAt, long DueAt);
