namespace Throttle.Cli.RuleEditing;

/// <summary>How rules are shown.</summary>
internal enum RuleForm
{
    /// <summary>As a table, for people.</summary>
    Table,

    /// <summary>As JSON.</summary>
    Json,

    /// <summary>As a rule file.</summary>
    Yaml,
}
