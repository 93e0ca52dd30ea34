using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>Waiting, on this process's clock, for the last of several grants that belong together, wherever their buckets are.</summary>
internal static class GrantedWait
{
    /// <summary>Completes when every grant has come. Cancelling before that gives all of them back, the newest first.</summary>
    /// <param name="answers">What the buckets said; those that granted nothing are not waited for.</param>
    /// <param name="now">When they were asked, in ticks.</param>
    /// <param name="time">Makes the timer.</param>
    /// <param name="clock">Tells whether it is time.</param>
    /// <param name="giveBack">Gives back what the answer at this place granted.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <returns>The same answers, without their delays.</returns>
    /// <exception cref="OperationCanceledException">Cancelled in time; everything was given back.</exception>
    public static ValueTask<BucketAnswer[]> WaitAsync(
        BucketAnswer[] answers,
        long now,
        TimeProvider time,
        MonotonicClock clock,
        Func<int, Grant, ValueTask> giveBack,
        CancellationToken cancellationToken)
    {
        var delay = answers.Max(answer => answer.Decision.DelayTicks);
        if (delay == 0)
        {
            return new(answers);
        }

        var turn = new Turn(time, clock, static turn => turn.TryComplete());
        turn.MoveUp(Ticks.Add(now, delay));
        return new(WaitAsync(turn, answers, clock, giveBack, cancellationToken));
    }

    private static async Task<BucketAnswer[]> WaitAsync(
        Turn turn,
        BucketAnswer[] answers,
        MonotonicClock clock,
        Func<int, Grant, ValueTask> giveBack,
        CancellationToken cancellationToken)
    {
        var givingBack = Task.CompletedTask;
        turn.Start();
        try
        {
            await turn.WaitAsync(Leave, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await givingBack.ConfigureAwait(false);
            throw;
        }

        return Array.ConvertAll(answers, a => a.IsGranted ? new(a.Decision.AtItsTurn(a.Decision.Grant.ValidAt)) : a);

        // Begins at the instant that was looked at: later, others may have been served on top of what goes back.
        bool Leave(Turn leaving)
        {
            var isLeaving = leaving.TryLeave(clock.Now);
            givingBack = isLeaving ? GiveBackAsync(answers, giveBack) : givingBack;
            return isLeaving;
        }
    }

    private static async Task GiveBackAsync(BucketAnswer[] answers, Func<int, Grant, ValueTask> giveBack)
    {
        for (var i = answers.Length - 1; i >= 0; i--)
        {
            if (answers[i].IsGranted)
            {
                await giveBack(i, answers[i].Decision.Grant).ConfigureAwait(false);
            }
        }
    }
}
