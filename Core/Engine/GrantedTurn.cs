namespace Throttle.Core.Engine;

/// <summary>A caller waiting for the instant it was granted. It ends once: by its instant, by its bucket, or by leaving.</summary>
internal abstract class GrantedTurn
{
    private int _state;

    /// <summary>The granted instant, in ticks. Only whoever holds its bucket moves it.</summary>
    public long DueAt { get; private set; }

    /// <summary>Is granted an instant, or an earlier one.</summary>
    public virtual void MoveUp(long dueAt) => DueAt = dueAt;

    /// <summary>Is granted an instant that has come.</summary>
    public void CompleteAt(long dueAt)
    {
        // Not a move: that may set a timer, and a provider may fire it at once, on this thread, which is in the midst of
        // serving others.
        DueAt = dueAt;
        TryComplete();
    }

    /// <returns>Whether this call completed it.</returns>
    public bool TryComplete()
    {
        if (!TryEnd(1))
        {
            return false;
        }

        OnServed();
        return true;
    }

    /// <summary>
    /// Ends the wait of a caller that cancelled. One whose instant has come is served all the same: others may have been
    /// served on top of it, so that taking it back would let one more go than may.
    /// </summary>
    /// <returns>Whether it leaves, and what it was granted is to be given back.</returns>
    public bool TryLeave(long now)
    {
        if (now < DueAt)
        {
            return TryEnd(2);
        }

        TryComplete();
        return false;
    }

    /// <summary>Tells the caller that it may go.</summary>
    private protected abstract void OnServed();

    private bool TryEnd(int state) => Interlocked.CompareExchange(ref _state, state, 0) == 0;
}
