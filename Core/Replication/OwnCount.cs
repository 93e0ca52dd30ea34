namespace Throttle.Core.Replication;

/// <summary>What was granted of one bucket in one count. Its own lock guards what deciding threads change; the log's guards its place there.</summary>
internal sealed class OwnCount(string rule, string key, long id)
{
    public string Rule { get; } = rule;

    public string Key { get; } = key;

    /// <summary>Tells it from every other count, past ones included.</summary>
    public long Id { get; } = id;

    public long Consumed { get; set; }

    public long Returned { get; set; }

    /// <summary>When the bucket will be as new if nobody takes more, in ticks; 0 where that is not told.</summary>
    public long NewAt { get; set; }

    /// <summary>Whether it has changed since the log last took it.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether it was dropped: what comes now is counted in a new one.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether it began before this log did.</summary>
    public bool IsOlder { get; init; }

    /// <summary>The version it began with; 0 until the log has taken it, and where it is older.</summary>
    public long Start { get; set; }

    /// <summary>The version of its last change that the log has taken.</summary>
    public long Version { get; set; }
}
