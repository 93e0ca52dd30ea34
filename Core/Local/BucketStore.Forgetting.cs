namespace Throttle.Core.Local;

internal sealed partial class BucketStore<TState>
{
    public override int Sweep(long now)
    {
        var left = 0;
        foreach (var stripe in Stripes())
        {
            using (stripe.Gate.Hold())
            {
                SweepSome(stripe, now, stripe.Table.Places);
                stripe.Table.Trim();
                foreach (var (key, list) in stripe.Reservations.ToArray())
                {
                    list.Pass(now);
                    DropIfEmpty(stripe, key, list);
                }

                left += stripe.Table.Count;
            }
        }

        return left;
    }

    public override int TrySweepSome(long now, int places)
    {
        var forgotten = 0;
        foreach (var stripe in Stripes())
        {
            // Another stripe's lock may be held by the caller: waiting here could deadlock.
            if (stripe.Gate.TryEnter())
            {
                try
                {
                    forgotten += SweepSome(stripe, now, places);
                }
                finally
                {
                    stripe.Gate.Exit();
                }
            }
        }

        return forgotten;
    }

    /// <summary>Looks at the next few places, going round, and forgets the buckets that equal new ones.</summary>
    private int SweepSome(Stripe stripe, long now, int places)
    {
        var forgotten = 0;
        for (var i = Math.Min(places, stripe.Table.Places); i > 0; i--)
        {
            stripe.Hand = stripe.Hand >= stripe.Table.Places ? 0 : stripe.Hand;
            ref var state = ref stripe.Table.At(stripe.Hand++, out var key);
            if (key is not null && stripe.Limiter.IsNew(state, now))
            {
                Remove(stripe, key, BucketTable<TState>.HashOf(key));
                forgotten++;
            }
        }

        return forgotten;
    }
}
