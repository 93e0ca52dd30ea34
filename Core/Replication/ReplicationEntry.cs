namespace Throttle.Core.Replication;

/// <summary>What one node has granted of one bucket, in all.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Key">The bucket within the rule.</param>
/// <param name="Count">Which count it is, 1 or more: another number is another count, from zero, whatever run of the node says so.</param>
/// <param name="Start">The version at which the count began, or 0 where it is older than this run of the node.</param>
/// <param name="Version">The version of the last change, at least <paramref name="Start"/>; a later change has a larger one, of all buckets of the node.</param>
/// <param name="Consumed">Permits granted since the count began, 0 or more.</param>
/// <param name="Returned">Permits given back since the count began, 0 to <paramref name="Consumed"/>.</param>
/// <param name="Outstanding">
/// Permits that the node's own bucket is short of, whoever took them: the most that somebody who has not followed the counts
/// takes over.
/// </param>
public readonly record struct ReplicationEntry(
    string Rule, string Key, long Count, long Start, long Version, long Consumed, long Returned, long Outstanding);
