namespace Throttle.Core.Rules;

/// <summary>The answer when none can be had, such as when the bucket table is full or storage is out of reach.</summary>
public enum OnError
{
    /// <summary>Let it pass, and say so.</summary>
    Allow,

    /// <summary>Refuse it, and say so.</summary>
    Deny,
}
