namespace Throttle.Core.Replication;

/// <summary>What this node has granted of one bucket. Its own lock guards what deciding threads change; the log's guards its place there.</summary>
internal sealed class OwnCount(string rule, string key)
{
    public string Rule { get; } = rule;

    public string Key { get; } = key;

    public long Consumed { get; set; }

    public long Returned { get; set; }

    /// <summary>Whether it has changed since the log last took it.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether it was dropped: what comes now is counted in a new one.</summary>
    public bool IsGone { get; set; }

    /// <summary>The version it began with; 0 until the log has taken it.</summary>
    public long Start { get; set; }

    /// <summary>The version of its last change that the log has taken.</summary>
    public long Version { get; set; }
}
