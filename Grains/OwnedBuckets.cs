using System.Collections.Concurrent;
using System.Text;

namespace Throttle.Grains;

/// <summary>The buckets that live on this silo. Safe from any thread.</summary>
internal sealed class OwnedBuckets
{
    private readonly ConcurrentDictionary<GrainId, BucketGrain> _grains = new();

    /// <summary>A bucket is here.</summary>
    public void Add(BucketGrain grain) => _grains[grain.GrainContext.GrainId] = grain;

    /// <summary>A bucket is here no more.</summary>
    public void Remove(BucketGrain grain) => _grains.TryRemove(KeyValuePair.Create(grain.GrainContext.GrainId, grain));

    /// <summary>The first keys of a rule, in the order of their UTF-16 units. Looks at every bucket of the silo.</summary>
    /// <param name="ruleId">The rule.</param>
    /// <param name="after">The keys after this one; null for all.</param>
    /// <param name="limit">The most keys, 1 or more.</param>
    public string[] KeysOf(string ruleId, string? after, int limit)
    {
        var prefix = Encoding.UTF8.GetBytes($"{ruleId}/");
        var first = new PriorityQueue<string, string>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        foreach (var (id, _) in _grains)
        {
            if (!id.Key.AsSpan().StartsWith(prefix))
            {
                continue;
            }

            var key = Encoding.UTF8.GetString(id.Key.AsSpan()[prefix.Length..]);
            if (after is null || string.CompareOrdinal(key, after) > 0)
            {
                // The last of those kept so far comes out where there is one too many.
                _ = first.Count < limit ? Enqueue(first, key) : first.EnqueueDequeue(key, key);
            }
        }

        var keys = new string[first.Count];
        for (var i = keys.Length - 1; i >= 0; i--)
        {
            keys[i] = first.Dequeue();
        }

        return keys;
    }

    private static string Enqueue(PriorityQueue<string, string> queue, string key)
    {
        queue.Enqueue(key, key);
        return key;
    }
}
