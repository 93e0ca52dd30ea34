using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Storage;
using Throttle.Grains.Waiting;

namespace Throttle.Grains;

/// <content>Those who wait for it, and the one timer that wakes it up.</content>
internal abstract partial class BucketGrain
{
    // Both in real time, as the time-outs of calls are.
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestUnasked = TimeSpan.FromSeconds(30);

    // The longest that a grain timer takes.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private IGrainTimer? _timer;
    private long _timerAt = Ticks.Never;

    public ValueTask<WaitReply> WaitAsync(
        Guid ticket, long permits, TimeSpan maxWait, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        CheckPermits(permits, least: 1);
        CheckWait(maxWait);
        return _room?.Find(ticket) is { } known
            ? HoldAsync(known, cancellationToken)
            : WhenReadyAsync(
                rulesVersion,
                () => JoinAsync(ticket, permits, maxWait.Ticks, cancellationToken),
                reply => new(WaitStatus.Answered, reply),
                cancellationToken);
    }

    public ValueTask<WaitReply> AwaitAsync(Guid ticket, CancellationToken cancellationToken = default) =>
        _room?.Find(ticket) is { } place ? HoldAsync(place, cancellationToken) : new(new WaitReply(WaitStatus.Unknown, default));

    public ValueTask<bool> LeaveAsync(Guid ticket, CancellationToken cancellationToken = default) =>
        new(_room?.Find(ticket) is { } place && Leave(place));

    private async ValueTask<WaitReply> JoinAsync(
        Guid ticket, long permits, long maxWaitTicks, CancellationToken cancellationToken)
    {
        // The same ticket may have come in twice while the bucket was prepared.
        if (_room?.Find(ticket) is { } known)
        {
            return await HoldAsync(known, cancellationToken);
        }

        var now = Now;
        var waiter = _bucket!.Wait(permits, now, maxWaitTicks);
        if (waiter.Decision.IsAllowed)
        {
            Keep(now, waiter.Decision.ResetAfterTicks);
        }

        if (waiter.Decision is { IsAllowed: true, DelayTicks: 0 } or { IsAllowed: false } && !waiter.IsInLine)
        {
            Touch();
            if (IsTaken(waiter.Decision) && !IsCovered(now))
            {
                return new(WaitStatus.Answered, await CoverAndAnswerAsync(waiter.Decision, cancellationToken));
            }

            CountGranted(waiter.Decision, now);
            return new(WaitStatus.Answered, new(waiter.Decision, RulesVersion));
        }

        var place = new WaitPlace(ticket, waiter);
        _room ??= OpenRoom();
        _room.Add(place);
        place.Answer = AnswerAsync(place);
        Touch();
        return await HoldAsync(place, cancellationToken);
    }

    /// <summary>The answer that a caller in the queue gets, however many calls it makes meanwhile.</summary>
    private async Task<BucketReply> AnswerAsync(WaitPlace place)
    {
        var waiter = place.Waiter;
        if (!waiter.IsInLine && !IsCovered(Now) && await CoverAsync([new(waiter.Decision.Grant, waiter)], default) is { } refusal)
        {
            return BucketReply.Failed(refusal, RulesVersion);
        }

        place.IsPromised = !waiter.IsInLine;
        var answer = await waiter.Task;
        if (answer.IsStale)
        {
            return BucketReply.Stale(RulesVersion);
        }

        if (waiter.IsInLine && IsTaken(answer.Decision))
        {
            var now = Now;
            Keep(now, answer.Decision.ResetAfterTicks);
            Touch();
            if (_bucket is not null && !IsCovered(now))
            {
                return await CoverAndAnswerAsync(answer.Decision, default);
            }
        }

        if (!place.IsCounted)
        {
            CountGranted(answer.Decision, Now);
        }

        return new(answer.Decision, RulesVersion);
    }

    /// <summary>Holds a call until its caller's turn, for one slice at most, or until the silo stops.</summary>
    private async ValueTask<WaitReply> HoldAsync(WaitPlace place, CancellationToken cancellationToken)
    {
        // Everybody may have been sent away since the place was found.
        var room = _room?.Ending ?? new(canceled: true);
        place.Hold();
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, room);
            await ((Task)place.Answer)
                .WaitAsync(Slice, TimeProvider.System, ending.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        finally
        {
            place.LetGo();
        }

        if (cancellationToken.IsCancellationRequested && place.Holders == 0)
        {
            Leave(place);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!place.Answer.IsCompleted)
        {
            ExpectBack();
            return StillWaiting(place);
        }

        if (place.Answer.IsCanceled)
        {
            return new(WaitStatus.Left, default);
        }

        Remove(place);
        return new(WaitStatus.Answered, await place.Answer);
    }

    private WaitReply StillWaiting(WaitPlace place)
    {
        var said = place.Waiter.Decision;
        if (!place.IsPromised)
        {
            return new(WaitStatus.InLine, new(said, RulesVersion));
        }

        var dueAt = place.Waiter.DueAt;
        var left = Math.Max(0, dueAt - Now);
        var stands = LimiterDecision.Allowed(
            said.Limit,
            said.Remaining,
            left,
            Math.Max(0, said.ResetAfterTicks - Math.Max(0, said.DelayTicks - left)),
            said.Grant with { ValidAt = dueAt });
        return new(WaitStatus.Waiting, new(stands, RulesVersion));
    }

    /// <summary>A caller leaves, or is not expected back.</summary>
    /// <returns>Whether what it had was given back.</returns>
    private bool Leave(WaitPlace place)
    {
        if (place.HasLeft || _bucket is not { } bucket)
        {
            return place.HasLeft;
        }

        var now = Now;
        var hadLease = place.Answer.IsCompletedSuccessfully
            && place.Waiter.IsInLine
            && place.Answer.Result is { Status: BucketStatus.Answered, IsAllowed: true };
        place.HasLeft = hadLease
            ? bucket.Return(place.Answer.Result.Grant.ToGrant(), now)
            : bucket.Leave(place.Waiter, now);
        if (hadLease)
        {
            place.Answer = Task.FromCanceled<BucketReply>(new(canceled: true));
        }

        // Whoever leaves twice hears the same; then the place is forgotten.
        ExpectBack();
        Touch();
        return place.HasLeft;
    }

    private void ExpectBack()
    {
        if (_room is not null)
        {
            _room.HasUnasked = true;
            Arm();
        }
    }

    private void Remove(WaitPlace place)
    {
        _room?.Remove(place);
        if (_room is { IsEmpty: true })
        {
            EndRoom();
        }
    }

    private WaitRoom OpenRoom()
    {
        context.AddWaitedFor(this);
        if (!ReferenceEquals(_set, context.Rules.Current))
        {
            // They came after this call had looked and, it may be, were spread before the bucket was there to hear of them.
            grainContext.Scheduler.QueueAction(FollowRules);
        }

        return new(context.Draining);
    }

    /// <summary>Sends everybody who waits away, to ask again.</summary>
    private void EndRoom()
    {
        if (_room is { } room)
        {
            _room = null;
            CountPromised(room);
            FollowOrNot();
            room.End();
            room.Dispose();
        }
    }

    /// <summary>Hears of new rules at once, and not by the next call, as long as somebody waits or there is more.</summary>
    protected void FollowOrNot()
    {
        if (_room is not null || (HasMore && !_isEnding))
        {
            context.AddWaitedFor(this);
        }
        else
        {
            context.RemoveWaitedFor(this);
        }
    }

    /// <summary>The silo has new rules, and somebody waits.</summary>
    internal void FollowRules()
    {
        if (_room is not null || HasMore)
        {
            Apply(context.Rules.Current);
            Arm();
        }
    }

    /// <summary>The rule is gone or has another algorithm: those in line ask by the present rules.</summary>
    private void SendLineAway()
    {
        foreach (var place in _room?.InLine() ?? [])
        {
            if (_bucket?.Leave(place.Waiter, Now) == true)
            {
                place.Answer = Task.FromResult(BucketReply.Stale(RulesVersion));
            }
        }
    }

    /// <summary>Sets the timer for what comes next; there is none where nothing does.</summary>
    protected void Arm()
    {
        var at = Math.Min(WakeAt, Math.Min(_bucket?.NextDueAt ?? Ticks.Never, _storage?.FlushAt ?? Ticks.Never));
        if (_room is { HasUnasked: true })
        {
            at = Math.Min(at, Now + LongestUnasked.Ticks);
        }

        if (at == Ticks.Never || _isEnding)
        {
            _timer?.Dispose();
            (_timer, _timerAt) = (null, Ticks.Never);
        }
        else if (at < _timerAt)
        {
            // One that comes sooner than it need looks again.
            _timerAt = at;
            _timer ??= this.RegisterGrainTimer(
                static (grain, _) => grain.OnTimerAsync(),
                this,
                new() { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, Interleave = true });
            TimerDelay.Set(
                _timer,
                static (timer, delay) => timer.Change(delay < LongestTimer ? delay : LongestTimer, Timeout.InfiniteTimeSpan),
                context.Time,
                context.Clock,
                at);
        }
    }

    private Task OnTimerAsync()
    {
        _timerAt = Ticks.Never;
        var now = Now;
        _bucket?.Serve(now);
        foreach (var place in _room?.Unasked(LongestUnasked) ?? [])
        {
            Leave(place);
            Remove(place);
        }

        if (_storage is { } storage && storage.FlushAt <= now)
        {
            // Not a part of the timer's call: one that hangs would keep the silo from stopping.
            FlushAsync(storage).Ignore();
        }

        if (WakeAt <= now)
        {
            OnWake();
        }

        Arm();
        return Task.CompletedTask;
    }

    private async Task FlushAsync(BucketStorage storage)
    {
        if (await storage.FlushAsync() is not null)
        {
            // It stays as it is until the next try.
            storage.Touch(Now);
        }

        Arm();
    }
}
