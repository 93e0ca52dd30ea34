using Throttle.Core.Engine;
using Throttle.Core.Limiters;

namespace Throttle.Core.Local;

/// <content>Several buckets at once: all or none, under all their locks, so that nobody sees a part of it.</content>
internal sealed partial class LocalBuckets
{
    public ValueTask<BucketAnswer[]> AcquireAllAsync(
        BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        if (LeasesFirst.IsNeeded(calls, maxWaitTicks))
        {
            return new(new LeasesFirst(this, Clock, calls).AcquireAsync(maxWaitTicks, awaitTurn, cancellationToken));
        }

        var stores = new RuleBuckets[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            if (StoreOf(calls[i]) is not { } store)
            {
                return new(Array.ConvertAll(calls, _ => BucketAnswer.Stale));
            }

            stores[i] = store;
        }

        var now = Clock.Now;
        var answers = AcquireAll(calls, stores, now, maxWaitTicks);
        return awaitTurn && maxWaitTicks > 0 ? WaitForAllAsync(calls, stores, answers, now, cancellationToken) : new(answers);
    }

    private ValueTask<BucketAnswer[]> WaitForAllAsync(
        BucketCall[] calls, RuleBuckets[] stores, BucketAnswer[] answers, long now, CancellationToken cancellationToken)
    {
        return GrantedWait.WaitAsync(answers, now, _context.Time, Clock, GiveBack, cancellationToken);

        // To the store that granted it, and to no other that the rule may have by then: what was reserved is not carried over.
        ValueTask GiveBack(int place, Grant grant)
        {
            stores[place].Return(calls[place].Key, grant, Clock.Now);
            return default;
        }
    }

    private static BucketAnswer[] AcquireAll(BucketCall[] calls, RuleBuckets[] stores, long now, long maxWaitTicks)
    {
        var gates = new Gate[calls.Length];
        foreach (var i in Enumerable.Range(0, calls.Length).OrderBy(i => stores[i].Sequence))
        {
            gates[i] = stores[i].GateOf(calls[i].Key);
            gates[i].Enter();
        }

        try
        {
            return Peek(calls, stores, now, maxWaitTicks) ?? Take(calls, stores, now, maxWaitTicks);
        }
        finally
        {
            foreach (var gate in gates)
            {
                gate.Exit();
            }
        }
    }

    /// <summary>The answers when one refuses, with nothing taken; null when none does.</summary>
    private static BucketAnswer[]? Peek(BucketCall[] calls, RuleBuckets[] stores, long now, long maxWaitTicks)
    {
        var answers = new BucketAnswer[calls.Length];
        var isStopped = false;
        for (var i = 0; i < calls.Length; i++)
        {
            answers[i] = stores[i].Peek(calls[i].Key, calls[i].Permits, now, maxWaitTicks);
            isStopped |= answers[i].Stops(calls[i].Rule);
        }

        return isStopped ? WithoutGrants(answers, calls, stores, now) : null;
    }

    private static BucketAnswer[] Take(BucketCall[] calls, RuleBuckets[] stores, long now, long maxWaitTicks)
    {
        var answers = new BucketAnswer[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            answers[i] = stores[i].Acquire(calls[i].Key, calls[i].Permits, now, maxWaitTicks);
            if (!answers[i].Stops(calls[i].Rule))
            {
                continue;
            }

            // There was no room for a new bucket: what the others took goes back, the newest first.
            for (var taken = i - 1; taken >= 0; taken--)
            {
                GiveBack(calls[taken], stores[taken], answers[taken], now);
            }

            for (var rest = i + 1; rest < calls.Length; rest++)
            {
                answers[rest] = stores[rest].Peek(calls[rest].Key, 0, now, 0);
            }

            return WithoutGrants(answers, calls, stores, now);
        }

        return answers;
    }

    /// <summary>Shows, instead of what the allowing ones would have granted, what they hold.</summary>
    private static BucketAnswer[] WithoutGrants(BucketAnswer[] answers, BucketCall[] calls, RuleBuckets[] stores, long now)
    {
        for (var i = 0; i < calls.Length; i++)
        {
            if (answers[i].IsGranted)
            {
                answers[i] = stores[i].Peek(calls[i].Key, 0, now, 0);
            }
        }

        return answers;
    }

    private static void GiveBack(in BucketCall call, RuleBuckets store, in BucketAnswer answer, long now)
    {
        if (answer.IsGranted)
        {
            store.Return(call.Key, answer.Decision.Grant, now);
        }
    }
}
