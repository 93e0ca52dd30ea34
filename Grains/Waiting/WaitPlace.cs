using System.Diagnostics;
using Throttle.Core.Engine;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Waiting;

/// <summary>A caller's place in a bucket's queue. Its ticket finds it again, call after call.</summary>
internal sealed class WaitPlace(Guid ticket, BucketWaiter waiter)
{
    private long _askedAt = Stopwatch.GetTimestamp();

    public Guid Ticket { get; } = ticket;

    public BucketWaiter Waiter { get; } = waiter;

    /// <summary>The answer, once it may be told; cancelled when the caller has left.</summary>
    public Task<BucketReply> Answer { get; set; } = Task.FromCanceled<BucketReply>(new(canceled: true));

    /// <summary>Whether the caller may be told the instant it was granted: storage covers it.</summary>
    public bool IsPromised { get; set; }

    /// <summary>Calls that are held for it.</summary>
    public int Holders { get; private set; }

    public bool HasLeft { get; set; }

    /// <summary>Whether what it waits for was counted for other regions before its instant.</summary>
    public bool IsCounted { get; set; }

    /// <summary>How long nobody has asked for it; real time, as that of calls is.</summary>
    public TimeSpan Unasked => Holders > 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_askedAt);

    public void Hold() => Holders++;

    public void LetGo()
    {
        Holders--;
        _askedAt = Stopwatch.GetTimestamp();
    }
}
