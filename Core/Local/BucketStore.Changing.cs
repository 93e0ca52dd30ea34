using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Local;

internal sealed partial class BucketStore<TState>
{
    public override RuleBuckets ChangeTo(Rule rule, long now)
    {
        if (rule.Limit == Rule.Limit)
        {
            Rule = rule;
            return this;
        }

        var changed = rule.Limit.Accept(new Changer(this, rule, rule.OnChangeFrom(Rule.Limit), now), _context.NewLeaseId);
        Rule = rule;
        return changed;
    }

    public override void Retire()
    {
        foreach (var stripe in AllStripes())
        {
            using (stripe.Gate.Hold())
            {
                Retire(stripe);
            }
        }
    }

    public override void Adopt(string key, long remaining, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            var state = stripe.Limiter.CreateWith(remaining, now);
            if (!stripe.Limiter.IsNew(state, now))
            {
                stripe.Table.Add(key, hash, state);
                _context.Room.Move();
            }
        }
    }

    private void ChangeNumbers(ILimiter<TState> limiter, OnChange onChange, long now)
    {
        lock (_stripes)
        {
            _limiter = limiter;
        }

        foreach (var stripe in Stripes())
        {
            using (stripe.Gate.Hold())
            {
                // One made since has the new limiter already.
                if (!ReferenceEquals(stripe.Limiter, limiter))
                {
                    ChangeNumbers(stripe, limiter, onChange, now);
                }
            }
        }
    }

    private void ChangeNumbers(Stripe stripe, ILimiter<TState> limiter, OnChange onChange, long now)
    {
        for (var place = 0; place < stripe.Table.Places; place++)
        {
            ref var state = ref stripe.Table.At(place, out var key);
            if (key is not null)
            {
                state = limiter.CarryOver(state, stripe.Limiter, onChange, now);
            }
        }

        foreach (var (key, list) in stripe.Reservations.ToArray())
        {
            list.CarryOver(onChange, now);
            DropIfEmpty(stripe, key, list);
        }

        stripe.Limiter = limiter;
        foreach (var key in stripe.Lines.Keys.ToArray())
        {
            ServeLine(stripe, key, now);
        }
    }

    private void MoveTo<TOther>(BucketStore<TOther> other, ILimiter<TOther> limiter, OnChange onChange, long now)
        where TOther : struct
    {
        foreach (var stripe in AllStripes())
        {
            using (stripe.Gate.Hold())
            {
                for (var place = 0; place < stripe.Table.Places && onChange != OnChange.Reset; place++)
                {
                    ref var state = ref stripe.Table.At(place, out var key);
                    if (key is not null)
                    {
                        var present = stripe.Limiter.Peek(state, 0, now);
                        other.Adopt(key, present.CarriedTo(limiter.Limit, onChange), now);
                    }
                }

                Retire(stripe);
            }
        }
    }

    /// <summary>Ends a stripe. Who waits for a turn still gets it, from its timer. May be called again.</summary>
    private void Retire(Stripe stripe)
    {
        stripe.IsRetired = true;
        _context.Room.Remove(stripe.Table.Count);
        stripe.Table.Clear();
        stripe.Reservations.Clear();

        foreach (var line in stripe.Lines.Values)
        {
            line.End();
        }

        stripe.Lines.Clear();
    }

    /// <summary>Every stripe, made where it was not there, so that none is made later and missed.</summary>
    private IEnumerable<Stripe> AllStripes() => Enumerable.Range(0, _stripes.Length).Select(MakeStripe);

    private sealed class Changer(BucketStore<TState> store, Rule rule, OnChange onChange, long now) : ILimiterVisitor<RuleBuckets>
    {
        public RuleBuckets Visit<TOther>(ILimiter<TOther> limiter)
            where TOther : struct
        {
            if (limiter is ILimiter<TState> same)
            {
                store.ChangeNumbers(same, onChange, now);
                return store;
            }

            var other = new BucketStore<TOther>(rule, limiter, store._context, store.Sequence);
            store.MoveTo(other, limiter, onChange, now);
            return other;
        }
    }
}
