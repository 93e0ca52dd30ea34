using System.Diagnostics;

namespace Throttle.Core.Queues;

/// <summary>Work to be handed over.</summary>
/// <param name="Id">Its name among all work of its key, made by the caller: handing it over again under the same one does nothing.</param>
/// <param name="Payload">What the processor gets, at most <see cref="WorkLimits.MaxPayloadBytes"/>. It must not be changed any more.</param>
/// <param name="ContentType">What the payload is, for whom it concerns; null when nobody says.</param>
public readonly record struct Work(string Id, ReadOnlyMemory<byte> Payload, string? ContentType = null)
{
    /// <summary>
    /// The trace that the work belongs to, as the value of a <c>traceparent</c> field (W3C Trace Context): that of the caller unless
    /// set. Null where there is none.
    /// </summary>
    public string? TraceParent { get; init; } = Activity.Current is { IdFormat: ActivityIdFormat.W3C } caller ? caller.Id : null;

    /// <summary>Throws where something is out of range.</summary>
    /// <exception cref="ArgumentException">The id, the payload or the content type is; the message names value and range.</exception>
    public void Check()
    {
        var fault = WorkLimits.FaultOfId(Id) ?? WorkLimits.FaultOfPayload(Payload.Length) ?? WorkLimits.FaultOfContentType(ContentType)
            ?? WorkLimits.FaultOfTraceParent(TraceParent);
        if (fault is not null)
        {
            throw new ArgumentException(fault);
        }
    }
}
