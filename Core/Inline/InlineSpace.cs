using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Local;

namespace Throttle.Core.Inline;

/// <summary>The buckets of one space in this process, spread over stripes by the key's hash, each stripe with a lock of its own.</summary>
/// <remarks>
/// A bucket that equals a new one is forgotten: at once where permits came back, some at each new key, all by and by when the
/// throttle sweeps.
/// </remarks>
internal sealed class InlineSpace(string name, LocalContext context, CheckedLimits<LimiterSpec> limits)
{
    private const int StripeCount = 16;
    private readonly Stripe?[] _stripes = new Stripe?[StripeCount];

    public string Name { get; } = name;

    public int Count => Stripes().Sum(s => s.Table.Count);

    /// <summary>Asks one bucket.</summary>
    /// <returns>Why it could not be asked, or null; then nothing was taken.</returns>
    /// <exception cref="ArgumentException">A part of the call is out of range.</exception>
    public Failure? Ask(in InlineCall call, out LimiterDecision decision)
    {
        var hash = BucketTable<Kept>.HashOf(call.Key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            ref var kept = ref stripe.Table.Find(call.Key, hash);
            if (Unsafe.IsNullRef(ref kept))
            {
                return AskFirst(stripe, call, hash, out decision);
            }

            // Equal numbers of another object: what was checked before is good, and nothing is made anew.
            var now = context.Clock.Now;
            var bucket = kept.Bucket;
            if (!ReferenceEquals(bucket.Spec, call.Limit) && bucket.Spec != call.Limit)
            {
                kept.Bucket = bucket = ChangeTo(bucket, call, now);
            }

            if (call.Action == InlineAction.Take)
            {
                decision = bucket.Acquire(call.Permits, now);
                return null;
            }

            decision = bucket.Ask(call.Action, call.Permits, now);
            if (bucket.IsNew(now))
            {
                Remove(stripe, call.Key, hash);
            }

            return null;
        }
    }

    /// <summary>Forgets what equals new.</summary>
    /// <returns>How many buckets are left.</returns>
    public int Sweep(long now)
    {
        var left = 0;
        foreach (var stripe in Stripes())
        {
            using (stripe.Gate.Hold())
            {
                SweepSome(stripe, now, stripe.Table.Places);
                stripe.Table.Trim();
                left += stripe.Table.Count;
            }
        }

        return left;
    }

    /// <summary>Looks at up to so many buckets of each stripe and forgets what equals new, without waiting for any lock.</summary>
    /// <returns>How many were forgotten.</returns>
    public int TrySweepSome(long now, int places)
    {
        var forgotten = 0;
        foreach (var stripe in Stripes())
        {
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

    /// <summary>Asks a bucket not yet there, and keeps it if it is not as new afterwards.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Failure? AskFirst(Stripe stripe, in InlineCall call, int hash, out LimiterDecision decision)
    {
        call.CheckNames();
        if (call.Limit is null)
        {
            decision = InlineCall.NoBucket;
            return null;
        }

        var now = context.Clock.Now;
        var bucket = Bucket.Create(limits.Of(call.Limit), now);
        decision = bucket.Ask(call.Action, call.Permits, now);
        if (bucket.IsNew(now) || TryAdd(stripe, call.Key, hash, bucket, now))
        {
            return null;
        }

        decision = default;
        return Failure.Of(FailureReason.NoRoom);
    }

    /// <summary>Brings a bucket under the call's limit; a call without one takes it as it is.</summary>
    private Bucket ChangeTo(Bucket bucket, in InlineCall call, long now)
    {
        if (call.Limit is null)
        {
            return bucket;
        }

        // One that equals a new one could have been forgotten: it goes on as if it had been.
        return bucket.ChangeTo(limits.Of(call.Limit), bucket.IsNew(now) ? OnChange.Reset : call.OnChange, now);
    }

    private bool TryAdd(Stripe stripe, string key, int hash, Bucket bucket, long now)
    {
        SweepSome(stripe, now, places: 2);
        if (!context.TryAdd(now))
        {
            return false;
        }

        // As the buckets of rules: where little was found the table grows all the same.
        if (stripe.Table.IsFull && SweepSome(stripe, now, stripe.Table.Places) < stripe.Table.Places / 8)
        {
            stripe.Table.Grow();
        }

        stripe.Table.Add(key, hash, new Kept { Bucket = bucket });
        return true;
    }

    /// <summary>Looks at the next few places, going round, and forgets the buckets that equal new ones.</summary>
    private int SweepSome(Stripe stripe, long now, int places)
    {
        var forgotten = 0;
        for (var i = Math.Min(places, stripe.Table.Places); i > 0; i--)
        {
            stripe.Hand = stripe.Hand >= stripe.Table.Places ? 0 : stripe.Hand;
            var bucket = stripe.Table.At(stripe.Hand++, out var key).Bucket;
            if (key is not null && bucket.IsNew(now))
            {
                Remove(stripe, key, BucketTable<Kept>.HashOf(key));
                forgotten++;
            }
        }

        return forgotten;
    }

    private void Remove(Stripe stripe, string key, int hash)
    {
        if (stripe.Table.Remove(key, hash))
        {
            context.Room.Remove();
        }
    }

    private Stripe StripeOf(int hash)
    {
        // The table inside the stripe uses the low bits.
        var index = (hash >>> 28) & (StripeCount - 1);
        return Volatile.Read(ref _stripes[index]) ?? MakeStripe(index);
    }

    private Stripe MakeStripe(int index)
    {
        lock (_stripes)
        {
            return _stripes[index] ??= new();
        }
    }

    private List<Stripe> Stripes()
    {
        lock (_stripes)
        {
            return [.. _stripes.OfType<Stripe>()];
        }
    }

    private struct Kept
    {
        public Bucket Bucket;
    }

    private sealed class Stripe
    {
        public Gate Gate { get; } = new();

        public BucketTable<Kept> Table { get; } = new();

        /// <summary>Where the next look for something to forget starts.</summary>
        public int Hand { get; set; }
    }
}
