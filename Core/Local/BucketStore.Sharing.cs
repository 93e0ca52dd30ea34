using System.Runtime.CompilerServices;

namespace Throttle.Core.Local;

internal sealed partial class BucketStore<TState>
{
    public override bool Charge(string key, long permits, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            if (stripe.IsRetired)
            {
                return false;
            }

            ref var state = ref stripe.Table.Find(key, hash);
            if (Unsafe.IsNullRef(ref state))
            {
                // A bucket that has everything has nothing to be given back.
                var first = stripe.Limiter.Create(now);
                return stripe.Limiter.TryCharge(ref first, permits, now)
                    && (permits <= 0 || TryAddFirst(stripe, key, hash, first, now));
            }

            var isCharged = stripe.Limiter.TryCharge(ref state, permits, now);
            if (stripe.Reservations.TryGetValue(key, out var reservations))
            {
                // Taking one back exactly would take back the charge, too.
                reservations.ForgetBefore();
            }

            return isCharged;
        }
    }

    public override long MissingOf(string key, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            ref var state = ref stripe.Table.Find(key, hash);
            return stripe.IsRetired || Unsafe.IsNullRef(ref state) ? 0 : stripe.Limiter.MissingOf(state, now);
        }
    }
}
