namespace Throttle.Api.RuleFiles;

/// <summary>A piece of a rule file with the line it starts on.</summary>
internal abstract record RuleNode(int Line)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}
