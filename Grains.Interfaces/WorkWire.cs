using Throttle.Core.Queues;

namespace Throttle.Grains.Interfaces;

/// <summary>Work on its way to its queue.</summary>
/// <param name="Id">Its name among all work of its key: 1 to 200 visible ASCII characters.</param>
/// <param name="Payload">What the processor gets, at most 64 KiB.</param>
/// <param name="ContentType">What the payload is, or null.</param>
/// <param name="TraceParent">The trace that it belongs to, or null.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.WorkWire")]
public sealed record WorkWire(
    [property: Id(0)] string Id,
    [property: Id(1)] byte[] Payload,
    [property: Id(2)] string? ContentType = null,
    [property: Id(3)] string? TraceParent = null)
{
    /// <summary>The wire form.</summary>
    public static WorkWire From(in Work work) => new(work.Id, work.Payload.ToArray(), work.ContentType, work.TraceParent);

    /// <summary>The work, checked.</summary>
    /// <exception cref="ArgumentException">Something is out of range; the message names value and range.</exception>
    public Work ToWork()
    {
        var work = new Work(Id, Payload, ContentType) { TraceParent = TraceParent };
        work.Check();
        return work;
    }
}
