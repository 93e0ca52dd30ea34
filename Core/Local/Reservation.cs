namespace Throttle.Core.Local;

/// <summary>Permits granted for an instant that has not come yet.</summary>
internal sealed class Reservation(long validAt, long permits)
{
    /// <summary>The granted instant, in ticks.</summary>
    public long ValidAt { get; } = validAt;

    public long Permits { get; set; } = permits;

    /// <summary>Who waits for it here; null when its holder waits elsewhere, or nobody holds it any more.</summary>
    public Turn? Turn { get; set; }

    /// <summary>Whether it was given back, and may be taken by others until its instant comes.</summary>
    public bool IsReturned { get; set; }
}
