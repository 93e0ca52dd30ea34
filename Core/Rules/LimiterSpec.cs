namespace Throttle.Core.Rules;

/// <summary>An algorithm and its numbers, as a rule states them. Equal numbers make equal specs.</summary>
public abstract record LimiterSpec
{
    private protected LimiterSpec()
    {
    }

    /// <summary>The algorithm's name in rule files, such as <c>token-bucket</c>.</summary>
    public abstract string Algorithm { get; }
}
