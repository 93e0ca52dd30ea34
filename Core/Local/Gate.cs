namespace Throttle.Core.Local;

/// <summary>
/// A lock for moments: one exchange to enter when it is free, half the price of a general lock. Who finds it held spins
/// briefly, then lets other threads run. The thread that holds it may enter again.
/// </summary>
internal sealed class Gate
{
    private int _owner;
    private int _depth;

    /// <summary>Enters, and leaves when disposed.</summary>
    public Scope Hold()
    {
        Enter();
        return new(this);
    }

    public void Enter()
    {
        var me = Environment.CurrentManagedThreadId;
        if (Interlocked.CompareExchange(ref _owner, me, 0) != 0)
        {
            EnterHeld(me);
        }
    }

    public bool TryEnter()
    {
        var me = Environment.CurrentManagedThreadId;
        if (Interlocked.CompareExchange(ref _owner, me, 0) == 0)
        {
            return true;
        }

        if (Volatile.Read(ref _owner) != me)
        {
            return false;
        }

        _depth++;
        return true;
    }

    public void Exit()
    {
        if (_depth > 0)
        {
            _depth--;
        }
        else
        {
            Volatile.Write(ref _owner, 0);
        }
    }

    private void EnterHeld(int me)
    {
        if (Volatile.Read(ref _owner) == me)
        {
            _depth++;
            return;
        }

        var spin = default(SpinWait);
        do
        {
            spin.SpinOnce();
        }
        while (Volatile.Read(ref _owner) != 0 || Interlocked.CompareExchange(ref _owner, me, 0) != 0);
    }

    /// <summary>Leaves the gate when disposed.</summary>
    public readonly ref struct Scope(Gate gate)
    {
        public void Dispose() => gate.Exit();
    }
}
