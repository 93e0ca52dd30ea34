namespace Throttle.Grains.Waiting;

/// <summary>Everybody who waits for one bucket, in calls that are held or between two of them.</summary>
internal sealed class WaitRoom(CancellationToken draining) : IDisposable
{
    private readonly Dictionary<Guid, WaitPlace> _places = [];
    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(draining);

    /// <summary>Cancelled when no call may be held any longer.</summary>
    public CancellationToken Ending => _ending.Token;

    public bool IsEmpty => _places.Count == 0;

    /// <summary>Whether somebody may not come back, so that the places are to be looked through.</summary>
    public bool HasUnasked { get; set; }

    public WaitPlace? Find(Guid ticket) => _places.GetValueOrDefault(ticket);

    public void Add(WaitPlace place) => _places.Add(place.Ticket, place);

    public void Remove(WaitPlace place) => _places.Remove(place.Ticket);

    /// <summary>Places in line, whose callers were granted nothing yet.</summary>
    public WaitPlace[] InLine() => [.. _places.Values.Where(place => place.Waiter.IsInLine && !place.Answer.IsCompleted)];

    /// <summary>Places whose callers were told an instant that has not come.</summary>
    public IEnumerable<WaitPlace> Promised() => _places.Values.Where(place => place.IsPromised && !place.Answer.IsCompleted);

    /// <summary>Places that nobody has asked for in so long a time.</summary>
    public WaitPlace[] Unasked(TimeSpan age)
    {
        HasUnasked = _places.Values.Any(place => place.Holders == 0);
        return [.. _places.Values.Where(place => place.Holders == 0 && place.Unasked >= age)];
    }

    /// <summary>Lets all held calls go.</summary>
    public void End() => _ending.Cancel();

    public void Dispose() => _ending.Dispose();
}
