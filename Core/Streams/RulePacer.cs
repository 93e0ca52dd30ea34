using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Streams;

/// <summary>Pays by the rules of a throttle, of which it knows nothing but what the decisions say.</summary>
internal sealed class RulePacer : Pacer
{
    private readonly IThrottle _throttle;
    private readonly Attributes _attributes;
    private readonly TimeSpan _maxWait;
    private long _largest = long.MaxValue;
    private long _step = long.MaxValue;

    public RulePacer(IThrottle throttle, Attributes attributes, TimeSpan maxWait)
    {
        ArgumentNullException.ThrowIfNull(throttle);
        if (maxWait < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(maxWait), maxWait, $"maxWait is {maxWait}; use zero or more.");
        }

        (_throttle, _attributes, _maxWait) = (throttle, attributes, maxWait);
    }

    public override long Largest => Volatile.Read(ref _largest);

    public override long Step => Volatile.Read(ref _step);

    private protected override async ValueTask<bool> TryPayAsync(long units, CancellationToken cancellationToken)
    {
        var decision = await _throttle
            .AcquireAsync(new ThrottleRequest(_attributes, units, _maxWait), cancellationToken).ConfigureAwait(false);
        Learn(decision);
        if (decision.NeverFits && Largest < units)
        {
            return false;
        }

        if (!decision.IsAllowed)
        {
            throw Refused(decision);
        }

        await RefuseLeaseAsync(decision).ConfigureAwait(false);
        return true;
    }

    private protected override PaymentRefusedException TooLarge(long units) =>
        new($"{units} at once are more than the rules allow: at most {Largest} ever fit.");

    private static PaymentRefusedException Refused(Decision decision) => new(
        decision.Rule is null ? "No rule matches the stream, and such requests are refused."
            : decision.NeverFits ? $"Rule '{decision.Rule!.Id}' refuses: it never fits its limit of {decision.Limit}."
            : decision.Error is { } error ? $"Rule '{decision.Rule!.Id}' could not be asked, and its on-error is deny: {error}"
            : $"Rule '{decision.Rule!.Id}' refuses: its turn would come in {decision.RetryAfter}, which is longer than the stream may wait.",
        decision);

    /// <summary>A lease counts what runs, and a stream has no end to give one back at for each piece.</summary>
    private async ValueTask RefuseLeaseAsync(Decision decision)
    {
        if (decision.Lease is null)
        {
            return;
        }

        var leasing = decision.Rules.FirstOrDefault(r => r.Rule.Limit is ConcurrencySpec && r.Rule.Mode == RuleMode.Enforce);
        if (leasing.Rule is null)
        {
            // A shadow rule's lease holds nobody up; it is not kept either.
            await _throttle.EndLeaseAsync(decision.Lease, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        await _throttle.ReturnAsync(decision, CancellationToken.None).ConfigureAwait(false);
        throw new PaymentRefusedException(
            $"Rule '{leasing.Rule.Id}' is of the kind concurrency, which limits what runs and not what flows; "
            + "let it match other requests, or stream under other attributes.",
            decision);
    }

    /// <summary>Notes what the matching rules bound: it may be other after each of their changes.</summary>
    private void Learn(Decision decision)
    {
        var (largest, step) = (long.MaxValue, long.MaxValue);
        foreach (var said in decision.Rules)
        {
            if (said.Error is not null || said.Rule.Mode != RuleMode.Enforce || said.Limiter.Limit == 0)
            {
                continue;
            }

            var price = said.Rule.CostOf(_attributes, 1);
            if (price > 0)
            {
                largest = Math.Min(largest, said.Limiter.Limit / price);
                step = Math.Min(step, Math.Max(said.Limiter.Remaining, Math.Min(StepOf(said.Rule.Limit), said.Limiter.Limit / 2)) / price);
            }
        }

        Volatile.Write(ref _largest, largest);
        Volatile.Write(ref _step, Math.Max(1, Math.Min(step, largest)));
    }

    /// <summary>What comes in a step, of several bandwidths at the quickest; windows open at once, and steps would make nothing steadier.</summary>
    private static long StepOf(LimiterSpec spec) => spec.SteadyRates is [_, ..] rates ? rates.Max(StepAt) : long.MaxValue;
}
