namespace Throttle.Grains.Queues;

/// <summary>Knows which queues hold work, so that they go on after their silo was lost. Its keys are those of <see cref="WorkIndex"/>.</summary>
[Alias("throttle.IWorkIndexGrain")]
internal interface IWorkIndexGrain : IGrainWithStringKey
{
    /// <summary>A queue is about to hold work. It is in storage when this returns.</summary>
    /// <param name="queue">The queue's grain key.</param>
    [Alias("Add")]
    Task AddAsync(string queue);

    /// <summary>A queue holds no work any more, and its grain ends.</summary>
    /// <param name="queue">The queue's grain key.</param>
    [Alias("Remove")]
    Task RemoveAsync(string queue);

    /// <summary>Has every queue that may hold work look whether it does.</summary>
    /// <returns>Whether all of them could be reached.</returns>
    [Alias("Wake")]
    Task<bool> WakeAsync();
}
