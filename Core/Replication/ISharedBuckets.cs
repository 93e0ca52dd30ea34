namespace Throttle.Core.Replication;

/// <summary>The buckets of this process, as far as others take part in them.</summary>
internal interface ISharedBuckets
{
    /// <summary>Charges a bucket for what was granted elsewhere; below zero gives back.</summary>
    /// <returns>Whether there is such a rule, shared, and room for the bucket.</returns>
    bool Charge(string rule, string key, long permits);

    /// <summary>Permits that a bucket is short of, or null where there is no such rule that is shared.</summary>
    long? MissingOf(string rule, string key);
}
