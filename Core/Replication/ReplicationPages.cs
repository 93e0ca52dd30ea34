namespace Throttle.Core.Replication;

/// <summary>Makes pages out of a log.</summary>
internal static class ReplicationPages
{
    /// <summary>See <see cref="IReplicationLog.ReadPage"/>.</summary>
    /// <param name="counts">The log.</param>
    /// <param name="name">Whose it is, and which run.</param>
    /// <param name="after">What the reader has.</param>
    /// <param name="most">The most entries, and the most characters of their keys.</param>
    /// <param name="outstanding">Permits that a count's bucket is short of.</param>
    public static ReplicationPage Read(
        OwnCounts counts, (string Region, long Incarnation) name, long after, (int Entries, int KeyLength) most, Func<ReplicationEntry, long> outstanding)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(most.Entries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most.Entries, ReplicationLimits.MaxEntries);
        var entries = new List<ReplicationEntry>();
        var length = 0L;
        var (through, isLast) = counts.Read(after, entry =>
        {
            length += entry.Key.Length;
            if (entries.Count == most.Entries || (entries.Count > 0 && length > most.KeyLength))
            {
                return false;
            }

            entries.Add(entry);
            return true;
        });

        // Outside the log's lock, and after the counts: a bucket may be short of more than was counted, never of less.
        for (var i = 0; i < entries.Count; i++)
        {
            entries[i] = entries[i] with { Outstanding = outstanding(entries[i]) };
        }

        return new(name.Region, name.Incarnation, after, through, isLast, entries);
    }
}
