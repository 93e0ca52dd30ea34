using Throttle.Core.Limiters;

namespace Throttle.Core.Engine;

/// <summary>Permits granted for an instant that has not come yet.</summary>
internal sealed class Reservation<TState>(Grant grant, TState before, GrantedTurn? turn)
    where TState : struct
{
    public Grant Grant { get; } = grant;

    /// <summary>The bucket before the reservation was made.</summary>
    public TState Before { get; } = before;

    /// <summary>Whether going back to <see cref="Before"/> would undo nothing but this reservation and those after it.</summary>
    public bool IsBeforeValid { get; set; } = true;

    /// <summary>Whether it cannot be made anew, because it was made under other numbers: its instant stands.</summary>
    public bool IsFixed { get; set; }

    /// <summary>Whether the bucket holds all that it cost, so that giving it back may be tried.</summary>
    public bool IsWhole { get; set; } = true;

    /// <summary>Who waits for it here; null when its holder waits elsewhere, or nobody holds it any more.</summary>
    public GrantedTurn? Turn { get; set; } = turn;

    /// <summary>Whether it was given back, and may be taken by others until its instant comes.</summary>
    public bool IsReturned { get; set; }
}
