using Throttle.Core.Queues;

namespace Throttle.Grains.Queues;

/// <summary>The owner of a queue of work that is kept in storage.</summary>
internal interface IStoredWork
{
    GrainId GrainId { get; }

    /// <summary>The queue; null while there is none.</summary>
    WorkQueue? Work { get; }

    /// <summary>Storage holds something else than is known here: what is in memory counts no more.</summary>
    /// <param name="storage">Who says so.</param>
    void Forget(WorkStorage storage);
}
