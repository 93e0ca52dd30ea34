using System.Threading.RateLimiting;

namespace Throttle.AspNetCore.Limiters;

/// <summary>How a limiter lets callers wait.</summary>
public sealed class ThrottleRateLimiterOptions
{
    /// <summary>
    /// How many permits may be waited for at once by callers of this limiter, 0 or more; 0, the default, lets nobody wait. Who finds no
    /// room is refused at once, or, newest first, takes the room of the oldest.
    /// </summary>
    public int QueueLimit { get; set; }

    /// <summary>
    /// Who goes first; the oldest by default. Oldest first holds for all callers of a bucket, wherever they are. Newest first holds among
    /// the callers of this limiter: whoever comes takes the place of those who wait, before everybody else's turn.
    /// </summary>
    public QueueProcessingOrder QueueProcessingOrder { get; set; } = QueueProcessingOrder.OldestFirst;

    /// <summary>The longest wait, above zero; null, the default, for as long as it takes. Who cannot be served by then is refused at once.</summary>
    public TimeSpan? MaxWait { get; set; }

    /// <summary>Times idleness, waits in line and the renewal of leases; the system's by default. A throttle on another clock wants its clock here.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>A copy that nobody changes any more.</summary>
    /// <exception cref="ArgumentException">Something is out of range.</exception>
    internal ThrottleRateLimiterOptions Checked()
    {
        if (QueueLimit < 0)
        {
            throw new ArgumentException($"QueueLimit is {QueueLimit}; use 0 or more.");
        }

        if (!Enum.IsDefined(QueueProcessingOrder))
        {
            throw new ArgumentException($"QueueProcessingOrder is {QueueProcessingOrder}; use OldestFirst or NewestFirst.");
        }

        if (MaxWait <= TimeSpan.Zero)
        {
            throw new ArgumentException($"MaxWait is {MaxWait}; use more than zero, or null for as long as it takes. QueueLimit 0 lets nobody wait.");
        }

        ArgumentNullException.ThrowIfNull(TimeProvider);
        return (ThrottleRateLimiterOptions)MemberwiseClone();
    }
}
