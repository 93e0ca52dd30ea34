namespace Throttle.Cli.Usages;

/// <summary>How usage is shown.</summary>
internal enum UsageForm
{
    /// <summary>A row for each rule.</summary>
    Table,

    /// <summary>A row for each rule, and below it one for each node.</summary>
    ByNode,

    /// <summary>The node's answer.</summary>
    Json,
}
