using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;

namespace Throttle.Core.Local;

/// <content>Permits that are begun, and factors.</content>
internal sealed partial class BucketStore<TState>
{
    public override BucketBegin Begin(string key, in Grant grant, long lagTicks, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            if (stripe.IsRetired || stripe.Limiter is not ISpacedLimiter<TState> spaced)
            {
                return new(BeginAnswer.Unspaced);
            }

            ref var state = ref stripe.Table.Find(key, hash);
            if (!Unsafe.IsNullRef(ref state))
            {
                return new(spaced.Begin(ref state, grant, lagTicks, now));
            }

            // It has been forgotten since it granted the permit, so nothing stands in the way. One that is begun is remembered.
            var made = spaced.Create(Math.Max(now, _context.Clock.Now));
            var answer = spaced.Begin(ref made, grant, lagTicks, now);
            return answer.Outcome != BeginOutcome.Begun || TryAddFirst(stripe, key, hash, made, now)
                ? new(answer)
                : new(default, Failure.Of(FailureReason.NoRoom));
        }
    }

    public override bool Ran(string key, in Grant grant, long ranAt, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            ref var state = ref stripe.Table.Find(key, hash);
            return !stripe.IsRetired
                && stripe.Limiter is ISpacedLimiter<TState> spaced
                && !Unsafe.IsNullRef(ref state)
                && spaced.Ran(ref state, grant, ranAt, now);
        }
    }

    public override Factor? Factor(string key, Factor? set, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            if (stripe.IsRetired || stripe.Limiter is not IAdaptiveLimiter<TState> adaptive)
            {
                return null;
            }

            ref var state = ref stripe.Table.Find(key, hash);
            if (!Unsafe.IsNullRef(ref state))
            {
                return set is { } factor ? adaptive.SetFactor(ref state, factor, now) : adaptive.FactorOf(state, now);
            }

            var made = adaptive.Create(now);
            if (set is not { } wanted)
            {
                return adaptive.FactorOf(made, now);
            }

            var given = adaptive.SetFactor(ref made, wanted, now);
            return adaptive.IsNew(made, now) || TryAddFirst(stripe, key, hash, made, now) ? given : null;
        }
    }
}
