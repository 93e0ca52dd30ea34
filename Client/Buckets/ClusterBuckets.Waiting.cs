using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Buckets;

/// <content>Waiting for a turn at one bucket, whose grain keeps the queue.</content>
internal sealed partial class ClusterBuckets
{
    // A grain holds a waiting call for ten seconds at most.
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(10);

    private async Task<BucketAnswer> AwaitTurnAsync(BucketCall call, long maxWaitTicks, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _waiterCount);
        try
        {
            return await new Waiter(this, call, Ticks.Add(_clock.Now, maxWaitTicks)).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiterCount);
        }
    }

    /// <summary>
    /// A caller that waits, under a ticket of its own. The calls that its grain holds are not cancelled: leaving is a call by
    /// itself, whose answer tells whether the turn had come.
    /// </summary>
    private sealed class Waiter(ClusterBuckets buckets, BucketCall call, long endsAt)
    {
        private readonly Guid _ticket = Guid.NewGuid();
        private bool _isJoined;
        private LimiterDecision? _told;
        private long _toldAt;
        private int _failed;
        private long _failingSince;

        private long Now => buckets._clock.Now;

        private IBucketGrain Grain => buckets._grains.Of(call);

        public async Task<BucketAnswer> RunAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var held = HoldAsync();
                await ((Task)held.WaitAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                var answer = cancellationToken.IsCancellationRequested && !held.IsCompleted
                    ? await LeaveAsync(held, cancellationToken).ConfigureAwait(false)
                    : await GoOnAsync(held, cancellationToken).ConfigureAwait(false);
                if (answer is { } final)
                {
                    return final;
                }
            }
        }

        /// <summary>One call that the grain may hold: to join the queue, or to go on waiting in it.</summary>
        private async Task<WaitReply> HoldAsync()
        {
            var left = new TimeSpan(Math.Max(0, (_told is null ? endsAt : _toldAt) - Now));
            var hold = left < LongestHold ? left : LongestHold;
            var asking = _isJoined
                ? Grain.AwaitAsync(_ticket, CancellationToken.None)
                : Grain.WaitAsync(_ticket, call.Permits, left, call.Set.Version, CancellationToken.None);
            return await asking.AsTask()
                .WaitAsync(hold + buckets._timeout, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        }

        /// <returns>The final answer, or null to go on waiting.</returns>
        private async Task<BucketAnswer?> GoOnAsync(Task<WaitReply> held, CancellationToken cancellationToken)
        {
            WaitReply waited;
            try
            {
                waited = await held.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                return await FailAsync(buckets._calls.Explain(call.Rule.Id, e), IsWorthRepeating(CallFailures.Of(e)), cancellationToken).ConfigureAwait(false);
            }

            switch (waited.Status)
            {
                case WaitStatus.Answered when waited.Reply.Status == BucketStatus.Stale:
                    return await buckets.IsOutdatedAsync(call, waited.Reply.RulesVersion, cancellationToken).ConfigureAwait(false)
                        ? BucketAnswer.Stale
                        : await FailAsync(Failure.Of(FailureReason.RulesDiffer), isWorthRepeating: true, cancellationToken).ConfigureAwait(false);
                case WaitStatus.Answered:
                    return waited.Reply.ToAnswer();
                case WaitStatus.Waiting or WaitStatus.InLine:
                    Stay(waited);
                    return null;
                default:
                    return await StartAgainAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        private static bool IsWorthRepeating(CallFailure failure) =>
            failure is CallFailure.NotDelivered or CallFailure.OwnerLost or CallFailure.NoAnswer;

        private void Stay(in WaitReply waited)
        {
            (_isJoined, _failed) = (true, 0);
            if (waited.Status == WaitStatus.Waiting)
            {
                _told = waited.Reply.ToAnswer().Decision;
                _toldAt = Ticks.Add(Now, _told.Value.DelayTicks);
            }
        }

        /// <summary>The owner does not know the ticket: it was lost, or gave the place up.</summary>
        private async Task<BucketAnswer?> StartAgainAsync(CancellationToken cancellationToken)
        {
            if (_told is { } told)
            {
                // There is nobody left to give it back to, should the caller leave.
                var answers = await GrantedWait.WaitAsync(
                    [new(told)], _toldAt - told.DelayTicks, buckets._time, buckets._clock, (_, _) => default, cancellationToken).ConfigureAwait(false);
                return answers[0];
            }

            var wasJoined = _isJoined;
            _isJoined = false;
            return wasJoined
                ? null
                : await FailAsync(Failure.Of(FailureReason.OwnerUnreachable), isWorthRepeating: true, cancellationToken).ConfigureAwait(false);
        }

        /// <summary>
        /// The owner cannot be reached. Who was told an instant goes then; others ask as long as they would wait, and at
        /// least as long as for any answer.
        /// </summary>
        private async Task<BucketAnswer?> FailAsync(Failure reason, bool isWorthRepeating, CancellationToken cancellationToken)
        {
            _failingSince = _failed++ == 0 ? TimeProvider.System.GetTimestamp() : _failingSince;
            var now = Now;
            if (_told is { } told && now >= _toldAt)
            {
                return new(told.AtItsTurn(told.Grant.ValidAt));
            }

            if (_told is null
                && (!isWorthRepeating
                    || (now >= endsAt && TimeProvider.System.GetElapsedTime(_failingSince) >= buckets._timeout)))
            {
                return BucketAnswer.Failed(reason);
            }

            var pause = buckets._calls.PauseAfter(_failed);
            var left = new TimeSpan(_told is null ? pause.Ticks : _toldAt - now);
            await Task.Delay(left < pause ? left : pause, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return null;
        }

        /// <summary>The caller was cancelled: it leaves, or is served where its turn had come.</summary>
        private async Task<BucketAnswer> LeaveAsync(Task<WaitReply> held, CancellationToken cancellationToken)
        {
            using var deadline = buckets._calls.Deadline(CancellationToken.None);
            for (var tries = 1; ; tries++)
            {
                if (await TryLeaveAsync(deadline.Token).ConfigureAwait(false))
                {
                    break;
                }

                // Its turn had come, and the held call tells; or the call that joins has not arrived there yet.
                await ((Task)held.WaitAsync(buckets._calls.PauseAfter(tries), TimeProvider.System, deadline.Token))
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (held.IsCompletedSuccessfully && IsOver(await held.ConfigureAwait(false), out var served))
                {
                    return served ?? throw new OperationCanceledException(cancellationToken);
                }

                if (deadline.Token.IsCancellationRequested)
                {
                    break;
                }

                held = held.IsCompleted ? HoldAsync() : held;
            }

            Forget(held);
            return _told is { } told && Now >= _toldAt
                ? new(told.AtItsTurn(told.Grant.ValidAt))
                : throw new OperationCanceledException(cancellationToken);
        }

        private async Task<bool> TryLeaveAsync(CancellationToken deadline)
        {
            try
            {
                return await Grain.LeaveAsync(_ticket, deadline).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Its place is given up when nobody asks for it any more.
                buckets._calls.Explain(call.Rule.Id, e);
                return false;
            }
        }

        /// <returns>Whether the wait has ended; then <paramref name="served"/> is what was granted, or null.</returns>
        private bool IsOver(in WaitReply waited, out BucketAnswer? served)
        {
            served = waited.Status == WaitStatus.Answered && waited.Reply.ToAnswer() is { IsGranted: true } granted ? granted : null;
            if (waited.Status is not (WaitStatus.Waiting or WaitStatus.InLine))
            {
                return true;
            }

            Stay(waited);
            return false;
        }

        private static void Forget(Task held) => _ = held.ContinueWith(
            static ended => _ = ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
