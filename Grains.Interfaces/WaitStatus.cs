namespace Throttle.Grains.Interfaces;

/// <summary>How a wait stands.</summary>
[GenerateSerializer]
[Alias("throttle.WaitStatus")]
public enum WaitStatus
{
    /// <summary>It is over; the reply says how.</summary>
    Answered = 0,

    /// <summary>It goes on, and the reply's delay says how long at most; ask again with the ticket.</summary>
    Waiting = 1,

    /// <summary>It goes on in line for a lease, nobody knows how long; ask again with the ticket.</summary>
    InLine = 2,

    /// <summary>The caller has left.</summary>
    Left = 3,

    /// <summary>The ticket is not known: its owner was lost. Who was told a delay goes by that; who was in line asks anew.</summary>
    Unknown = 4,
}
