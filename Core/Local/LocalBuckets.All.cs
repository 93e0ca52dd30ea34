using Throttle.Core.Engine;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <content>Several buckets at once: all or none, under all their locks, so that nobody sees a part of it.</content>
internal sealed partial class LocalBuckets
{
    public ValueTask<BucketAnswer[]> AcquireAllAsync(
        BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        var stores = new RuleBuckets[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            if (StoreOf(calls[i]) is not { } store)
            {
                return new(AllStale(calls));
            }

            stores[i] = store;
        }

        if (maxWaitTicks > 0 && stores.Any(s => s.IsLeased))
        {
            // Where a rule without leases refuses, nobody need wait for leases.
            return Peek(calls, stores, Clock.Now, maxWaitTicks, mindsLeases: false) is { } refused
                ? new(refused)
                : new(AcquireLeasesFirstAsync(calls, stores, maxWaitTicks, awaitTurn, cancellationToken));
        }

        var now = Clock.Now;
        var answers = AcquireAll(calls, stores, now, maxWaitTicks);
        var delay = answers.Max(a => a.Decision.DelayTicks);
        return awaitTurn && delay > 0
            ? new(WaitForAllAsync(calls, stores, answers, Ticks.Add(now, delay), cancellationToken))
            : new(answers);
    }

    private static BucketAnswer[] AllStale(BucketCall[] calls) => Array.ConvertAll(calls, _ => BucketAnswer.Stale);

    /// <summary>Whether an answer stops the request.</summary>
    private static bool Stops(in BucketAnswer answer, Rule rule) =>
        answer.IsStale || (answer.Error is null ? !answer.Decision.IsAllowed : rule.OnError == OnError.Deny);

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
            return Peek(calls, stores, now, maxWaitTicks, mindsLeases: true) ?? Take(calls, stores, now, maxWaitTicks);
        }
        finally
        {
            foreach (var gate in gates)
            {
                gate.Exit();
            }
        }
    }

    /// <summary>The answers when one refuses, of those that are minded, with nothing taken; null when none does.</summary>
    private static BucketAnswer[]? Peek(
        BucketCall[] calls, RuleBuckets[] stores, long now, long maxWaitTicks, bool mindsLeases)
    {
        var answers = new BucketAnswer[calls.Length];
        var isStopped = false;
        for (var i = 0; i < calls.Length; i++)
        {
            answers[i] = stores[i].Peek(calls[i].Key, calls[i].Permits, now, maxWaitTicks);
            isStopped |= (mindsLeases || !stores[i].IsLeased) && Stops(answers[i], calls[i].Rule);
        }

        return isStopped ? WithoutGrants(answers, calls, stores, now) : null;
    }

    private static BucketAnswer[] Take(BucketCall[] calls, RuleBuckets[] stores, long now, long maxWaitTicks)
    {
        var answers = new BucketAnswer[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            answers[i] = stores[i].Acquire(calls[i].Key, calls[i].Permits, now, maxWaitTicks);
            if (!Stops(answers[i], calls[i].Rule))
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
            if (answers[i].Error is null && answers[i].Decision.IsAllowed)
            {
                answers[i] = stores[i].Peek(calls[i].Key, 0, now, 0);
            }
        }

        return answers;
    }

    private static void GiveBack(in BucketCall call, RuleBuckets store, in BucketAnswer answer, long now)
    {
        if (answer.Error is null && answer.Decision.IsAllowed)
        {
            store.Return(call.Key, answer.Decision.Grant, now);
        }
    }

    private async Task<BucketAnswer[]> WaitForAllAsync(
        BucketCall[] calls, RuleBuckets[] stores, BucketAnswer[] answers, long dueAt, CancellationToken cancellationToken)
    {
        var turn = new Turn(_context.Time, Clock, static turn => turn.TryComplete());
        turn.MoveUp(dueAt);
        turn.Start();
        await turn.WaitAsync(
            turn =>
            {
                var isLeaving = turn.TryLeave(Clock.Now);
                for (var i = calls.Length - 1; i >= 0 && isLeaving; i--)
                {
                    GiveBack(calls[i], stores[i], answers[i], Clock.Now);
                }

                return isLeaving;
            },
            cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(
            answers, a => a.Error is null && a.Decision.IsAllowed ? new(a.Decision.AtItsTurn(a.Decision.Grant.ValidAt)) : a);
    }

    /// <summary>
    /// Leases are waited for in line, one after the other in the rules' order, then everything else is taken at once. A
    /// refusal, late or not, ends the leases.
    /// </summary>
    private async Task<BucketAnswer[]> AcquireLeasesFirstAsync(
        BucketCall[] calls, RuleBuckets[] stores, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        var deadline = Ticks.Add(Clock.Now, maxWaitTicks);
        var others = Enumerable.Range(0, calls.Length).Where(i => !stores[i].IsLeased).ToArray();
        var answers = new BucketAnswer[calls.Length];
        var held = new List<int>();
        try
        {
            foreach (var i in Enumerable.Range(0, calls.Length).Except(others))
            {
                answers[i] = await stores[i].AcquireAndWaitAsync(
                    calls[i].Key, calls[i].Permits, Clock.Now, Left(deadline), cancellationToken).ConfigureAwait(false);
                if (Stops(answers[i], calls[i].Rule))
                {
                    EndLeases(calls, stores, answers, held);
                    return Refused(calls, stores, answers, i);
                }

                held.Add(i);
            }

            await AcquireOthersAsync(calls, others, answers, Left(deadline), awaitTurn, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            EndLeases(calls, stores, answers, held);
            throw;
        }

        if (!others.Any(i => Stops(answers[i], calls[i].Rule)))
        {
            return answers;
        }

        EndLeases(calls, stores, answers, held);
        return WithoutGrants(answers, calls, stores, Clock.Now);
    }

    private async Task AcquireOthersAsync(
        BucketCall[] calls, int[] others, BucketAnswer[] answers, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        if (others.Length == 0)
        {
            return;
        }

        var taken = await AcquireAllAsync(Pick(calls, others), maxWaitTicks, awaitTurn, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < taken.Length; i++)
        {
            answers[others[i]] = taken[i];
        }
    }

    private static T[] Pick<T>(T[] items, int[] places) => Array.ConvertAll(places, i => items[i]);

    private long Left(long deadline) => Math.Max(0, deadline - Clock.Now);

    private void EndLeases(BucketCall[] calls, RuleBuckets[] stores, BucketAnswer[] answers, List<int> held)
    {
        foreach (var i in held)
        {
            GiveBack(calls[i], stores[i], answers[i], Clock.Now);
        }
    }

    private BucketAnswer[] Refused(BucketCall[] calls, RuleBuckets[] stores, BucketAnswer[] answers, int refuser)
    {
        for (var i = 0; i < calls.Length; i++)
        {
            if (i != refuser)
            {
                answers[i] = stores[i].Peek(calls[i].Key, 0, Clock.Now, 0);
            }
        }

        return answers;
    }
}
