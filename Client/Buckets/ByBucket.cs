namespace Throttle.Client.Buckets;

/// <summary>Calls of one batch, those to one bucket together.</summary>
internal static class ByBucket
{
    // So many buckets are asked at once, and then the next ones.
    private const int MaxOutstanding = 1000;

    /// <summary>Asks every bucket once, with the places of its calls in the batch, in their order.</summary>
    /// <param name="calls">The batch.</param>
    /// <param name="bucketOf">What tells the bucket of a call.</param>
    /// <param name="ask">Asks one bucket.</param>
    public static async Task AskAsync<TCall, TBucket>(TCall[] calls, Func<TCall, TBucket> bucketOf, Func<List<int>, Task> ask)
        where TBucket : notnull
    {
        var byBucket = new Dictionary<TBucket, List<int>>();
        for (var i = 0; i < calls.Length; i++)
        {
            var bucket = bucketOf(calls[i]);
            if (!byBucket.TryGetValue(bucket, out var places))
            {
                byBucket[bucket] = places = [];
            }

            places.Add(i);
        }

        foreach (var some in byBucket.Values.Chunk(MaxOutstanding))
        {
            await Task.WhenAll(some.Select(ask)).ConfigureAwait(false);
        }
    }
}
