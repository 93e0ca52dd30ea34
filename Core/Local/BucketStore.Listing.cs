using Throttle.Core.Limiters;

namespace Throttle.Core.Local;

/// <content>Lists.</content>
internal sealed partial class BucketStore<TState>
{
    public override long? List(long start, int limit, int places, long now, List<(string Key, LimiterDecision Level)> found)
    {
        var place = (int)(start & int.MaxValue);
        for (var index = start >> 32; index < _stripes.Length; index++, place = 0)
        {
            if (Volatile.Read(ref _stripes[index]) is not { } stripe)
            {
                continue;
            }

            using (stripe.Gate.Hold())
            {
                for (; place < stripe.Table.Places; place++)
                {
                    if (found.Count == limit || places-- == 0)
                    {
                        return (index << 32) | (uint)place;
                    }

                    ref var state = ref stripe.Table.At(place, out var key);
                    if (key is not null && !stripe.Limiter.IsNew(state, now))
                    {
                        found.Add((key, stripe.Limiter.Peek(state, 0, now)));
                    }
                }
            }
        }

        return null;
    }
}
