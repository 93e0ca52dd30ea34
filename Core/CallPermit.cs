using Throttle.Core.Local;
using Throttle.Core.Time;

namespace Throttle.Core;

/// <summary>
/// A permit to make one call, from <see cref="PermitExtensions"/>: begin it just before the call, dispose it after. Calls
/// under one <c>spacing</c> rule, each begun by a permit of its own, run at least the rule's interval apart.
/// </summary>
/// <remarks>
/// <para>The call runs when <see cref="BeginAsync"/> has completed with <see cref="PermitOutcome.Begun"/>. Make it then and there:
/// what the program does in between is time that nobody can see.</para>
/// <para>Disposing gives the permit back if the call was not made: what it took under other rules, and its slot if that is of use. For
/// one caller at a time.</para>
/// </remarks>
public sealed class CallPermit : IAsyncDisposable
{
    private readonly IThrottle _throttle;
    private readonly TimeProvider _time;
    private Task _telling = Task.CompletedTask;
    private bool _isDisposed;

    /// <inheritdoc/>
    public override string ToString() => $"{Outcome}: {Decision}";

    internal CallPermit(IThrottle throttle, Decision decision, TimeProvider time)
    {
        (_throttle, Decision, _time) = (throttle, decision, time);
        Outcome = decision.IsAllowed ? PermitOutcome.Granted
            : decision.Error is null ? PermitOutcome.Refused
            : PermitOutcome.Unavailable;
    }

    /// <summary>What the throttle answered.</summary>
    public Decision Decision { get; }

    /// <summary>What has become of it so far; never <see cref="PermitOutcome.Wait"/>.</summary>
    public PermitOutcome Outcome { get; private set; }

    /// <summary>How long until a retry would pass if nobody else came; zero unless refused.</summary>
    public TimeSpan RetryAfter => Decision.RetryAfter;

    /// <summary>
    /// Waits until the call may run, which is at once unless the call before it ran late, and says whether it may. A permit that
    /// was refused, or has expired, stays so; one that is begun stays begun.
    /// </summary>
    /// <returns>
    /// <see cref="PermitOutcome.Begun"/>: make the call now. <see cref="PermitOutcome.Expired"/>: too late, do not. Or why there
    /// is none: <see cref="PermitOutcome.Refused"/>, <see cref="PermitOutcome.Unavailable"/>.
    /// </returns>
    /// <exception cref="OperationCanceledException">Cancelled: the call must not be made. Disposing gives the permit back.</exception>
    public async ValueTask<PermitOutcome> BeginAsync(CancellationToken cancellationToken = default)
    {
        while (Outcome == PermitOutcome.Granted)
        {
            // Counted from before it is asked: whatever the answer takes on its way is off the grace.
            var clock = new MonotonicClock(_time);
            var (asked, askedAt) = (_time.GetTimestamp(), clock.Now);
            var begin = await _throttle.BeginAsync(Decision, cancellationToken).ConfigureAwait(false);
            if (begin.Outcome != PermitOutcome.Wait)
            {
                End(begin, asked);
            }
            else
            {
                await Turn.ComesAsync(_time, clock, Ticks.Add(askedAt, begin.Wait.Ticks), cancellationToken).ConfigureAwait(false);
            }
        }

        return Outcome;
    }

    /// <summary>Gives the permit back if the call was not made: it was not begun, has expired, or could not be begun.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed && Decision.IsAllowed && Outcome != PermitOutcome.Begun)
        {
            _isDisposed = true;
            Outcome = Outcome == PermitOutcome.Granted ? PermitOutcome.Returned : Outcome;
            await _throttle.ReturnAsync(Decision).ConfigureAwait(false);
        }

        await _telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void End(BeginDecision begin, long asked)
    {
        var ran = _time.GetTimestamp();
        var isLate = begin.Outcome == PermitOutcome.Begun && _time.GetElapsedTime(asked, ran) > begin.Within;
        Outcome = isLate ? PermitOutcome.Expired : begin.Outcome;
        if (Outcome == PermitOutcome.Begun && begin.Within < TimeSpan.MaxValue)
        {
            _telling = TellAsync(ran);
        }
    }

    /// <summary>Tells, beside the call, when it ran. Where that fails the next call waits until the end of this one's grace.</summary>
    private async Task TellAsync(long ran) =>
        await _throttle.RanAsync(Decision, _time.GetElapsedTime(ran)).ConfigureAwait(false);
}
