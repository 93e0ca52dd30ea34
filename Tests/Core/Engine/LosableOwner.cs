using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Engine;

/// <summary>Keeps a bucket as a grain with storage does, and loses it at random moments.</summary>
internal sealed class LosableOwner
{
    public const long Start = 638_712_345_678_901_237;

    private readonly LimiterSpec _spec;
    private readonly List<BucketWaiter> _waiting = [];
    private readonly List<Grant> _waited = [];
    private readonly long _scale;
    private byte[]? _storage;

    // A write that has been begun: it comes to storage at some moment, and the bucket is told of it at another, or never.
    private SavedBucket? _begun;

    public LosableOwner(LimiterSpec spec)
    {
        _spec = spec;
        Bucket = Bucket.Create(spec, Start);
        Limit = Bucket.Peek(0, Start).Limit;
        _scale = Math.Max(1, spec.RefillTicks);
    }

    public Bucket Bucket { get; private set; }

    public long Now { get; private set; } = Start;

    private long Limit { get; }

    /// <summary>Time passes; who waits is served at the instants that come due, not before.</summary>
    public void Pass(Step step)
    {
        var end = step.Pace switch
        {
            < 35 => Now,
            < 50 => Now + (step.Time % 15),
            < 95 => Now + (long)((Int128)_scale * step.Time / 3_000),
            _ => Now + (_scale * step.Time / 100),
        };
        ServeUntil(end);
        Now = end;
    }

    /// <summary>One step.</summary>
    /// <returns>What a caller was told it has, from its instant on; null when nobody was told anything.</returns>
    public Grant? Do(Step step, bool mayWait)
    {
        switch (step.Kind)
        {
            case < 60:
                return Acquire(step, mayWait);
            case < 70 when mayWait:
                Wait(step);
                return null;
            case < 74 when _waiting.Count > 0:
                Leave(step.Time % _waiting.Count);
                return null;
            case < 78:
                Lose();
                return null;
            case 78:
                Store(0);
                return null;
            case < 83:
                GoOnWriting(step);
                return null;
            case < 85 when Bucket.IsNew(Now):
                Bucket.Stored(null);
                (_storage, _begun) = (null, null);
                return null;
            default:
                return null;
        }
    }

    /// <summary>Everybody who still waits goes.</summary>
    public void ServeAll() => ServeUntil(Ticks.MaxInstant);

    /// <summary>What those who waited went with.</summary>
    public IReadOnlyList<Grant> Waited() => _waited;

    /// <summary>Begins a write, or lets the one on its way arrive, be told, or be given up without anybody knowing.</summary>
    private void GoOnWriting(Step step)
    {
        if (_begun is null)
        {
            _begun = Bucket.SetAside(step.Time % 2 == 0 ? 0 : Limit * (step.Time % 100) / 100, Now);
            return;
        }

        _storage = step.Time % 3 > 0 ? _begun.Bytes : _storage;
        if (step.Time % 3 == 1)
        {
            Bucket.Stored(_begun);
        }

        _begun = step.Time % 3 == 1 || step.Time % 5 == 0 ? null : _begun;
    }

    private Grant? Acquire(Step step, bool mayWait)
    {
        var decision = Bucket.Acquire(Cost(step), Now, mayWait ? MaxWait(step) : 0);
        return decision.IsAllowed && TryCover(step) ? decision.Grant : null;
    }

    private void Wait(Step step)
    {
        var waiter = Bucket.Wait(Cost(step), Now, MaxWait(step));
        _waiting.Add(waiter);
        if (waiter.Decision.IsAllowed)
        {
            TryCover(step);
        }

        Collect();
    }

    private void Leave(int index)
    {
        Bucket.Leave(_waiting[index], Now);
        Collect();
    }

    /// <summary>Writes before anybody is told; now and then it is lost before the write, or after it.</summary>
    /// <returns>Whether it may tell.</returns>
    private bool TryCover(Step step)
    {
        if (Bucket.IsCovered(Now))
        {
            return true;
        }

        if (step.Wait < 50)
        {
            Lose();
            return false;
        }

        _begun = null;
        var saved = Bucket.SetAside(step.Time % 3 == 0 ? 0 : Math.Max(1, Limit * (step.Time % 100) / 100), Now);
        _storage = saved.Bytes;
        if (step.Wait < 100)
        {
            Lose();
            return false;
        }

        Bucket.Stored(saved);
        Assert.True(Bucket.IsCovered(Now), "What was just stored covers what was just granted.");
        return true;
    }

    private void Store(long aside)
    {
        _begun = null;
        var saved = Bucket.SetAside(aside, Now);
        _storage = saved.Bytes;
        Bucket.Stored(saved);
    }

    /// <summary>The bucket is lost, with everybody who waits; the next one is what storage holds.</summary>
    private void Lose()
    {
        _waiting.Clear();
        _storage = _begun is not null && Now % 2 == 0 ? _begun.Bytes : _storage;
        _begun = null;
        Bucket = _storage is null ? Bucket.Create(_spec, Now) : Bucket.Restore(_spec, _storage);
        Assert.Equal(_storage is not null, Bucket.IsCovered(Now));
    }

    private void ServeUntil(long end)
    {
        while (Bucket.NextDueAt <= end)
        {
            Now = Math.Max(Now, Bucket.NextDueAt);
            Bucket.Serve(Now);
            Collect();
        }
    }

    private void Collect()
    {
        foreach (var waiter in _waiting.Where(w => w.Task.IsCompleted).ToArray())
        {
            _waiting.Remove(waiter);
            if (waiter.Task.IsCompletedSuccessfully && waiter.Task.Result is { IsStale: false, Decision.IsAllowed: true } answer)
            {
                // A lease is granted only now; nobody is told before it is stored.
                if (waiter.IsInLine && !Bucket.IsCovered(Now))
                {
                    Store(0);
                }

                _waited.Add(answer.Decision.Grant);
            }
        }
    }

    private long Cost(Step step) => 1 + (long)((Int128)Math.Max(0, Limit - 1) * step.Cost * step.Cost / 12_100);

    private long MaxWait(Step step) => step.Wait < 500 ? 0 : (long)((Int128)_scale * step.Wait / 500);
}
