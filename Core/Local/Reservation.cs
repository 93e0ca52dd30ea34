using Throttle.Core.Limiters;

namespace Throttle.Core.Local;

/// <summary>Permits granted for an instant that has not come yet.</summary>
internal sealed class Reservation<TState>(Grant grant, TState before, Turn? turn)
    where TState : struct
{
    public Grant Grant { get; } = grant;

    /// <summary>The bucket before the reservation was made.</summary>
    public TState Before { get; set; } = before;

    /// <summary>Who waits for it here; null when its holder waits elsewhere, or nobody holds it any more.</summary>
    public Turn? Turn { get; set; } = turn;

    /// <summary>Whether it was given back, and may be taken by others until its instant comes.</summary>
    public bool IsReturned { get; set; }
}
