using System.Runtime.InteropServices;
using Throttle.Core.Engine;

namespace Throttle.Client.Buckets;

/// <summary>Calls of one batch, those to one bucket together.</summary>
internal static class ByBucket
{
    // So many buckets are asked at once, and then the next ones.
    private const int MaxOutstanding = 1000;

    /// <summary>Asks every bucket once, and returns the answers in the order of the calls.</summary>
    /// <param name="calls">The batch.</param>
    /// <param name="bucketOf">What tells the bucket of a call.</param>
    /// <param name="askOne">Asks a bucket that has one call, by its place in the batch.</param>
    /// <param name="askSeveral">Asks a bucket that has several, by their places in their order, and puts the answers there.</param>
    public static async Task<BucketAnswer[]> AskAsync<TCall, TBucket>(
        TCall[] calls, Func<TCall, TBucket> bucketOf, Func<int, ValueTask<BucketAnswer>> askOne, Func<List<int>, BucketAnswer[], Task> askSeveral)
        where TBucket : notnull
    {
        var answers = new BucketAnswer[calls.Length];
        var buckets = Sort(calls, bucketOf);
        var asking = new ValueTask<BucketAnswer>[Math.Min(buckets.Length, MaxOutstanding)];
        for (var start = 0; start < buckets.Length; start += MaxOutstanding)
        {
            var count = Math.Min(buckets.Length - start, MaxOutstanding);
            List<Task>? several = null;
            for (var i = 0; i < count; i++)
            {
                if (buckets[start + i].All is { } all)
                {
                    (several ??= []).Add(askSeveral(all, answers));
                }
                else
                {
                    asking[i] = askOne(buckets[start + i].First);
                }
            }

            // One after the other, without a task for each: they are under way together all the same.
            for (var i = 0; i < count; i++)
            {
                if (buckets[start + i] is { All: null, First: var place })
                {
                    answers[place] = await asking[i].ConfigureAwait(false);
                }
            }

            await Task.WhenAll(several ?? []).ConfigureAwait(false);
        }

        return answers;
    }

    /// <summary>The places of each bucket's calls, in the order of the first ones.</summary>
    private static Places[] Sort<TCall, TBucket>(TCall[] calls, Func<TCall, TBucket> bucketOf)
        where TBucket : notnull
    {
        var indices = new Dictionary<TBucket, int>(calls.Length);
        var buckets = new List<Places>(calls.Length);
        for (var place = 0; place < calls.Length; place++)
        {
            ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(indices, bucketOf(calls[place]), out var isKnown);
            if (!isKnown)
            {
                index = buckets.Count;
                buckets.Add(new(place, null));
                continue;
            }

            var known = buckets[index];
            var all = known.All ?? [known.First];
            all.Add(place);
            buckets[index] = known with { All = all };
        }

        return [.. buckets];
    }

    /// <summary>The places of one bucket's calls.</summary>
    /// <param name="First">The first.</param>
    /// <param name="All">All of them; null where there is one.</param>
    private readonly record struct Places(int First, List<int>? All);
}
