namespace Throttle.Grains.Interfaces;

/// <summary>What kind of answer a bucket gave.</summary>
[GenerateSerializer]
[Alias("throttle.BucketStatus")]
public enum BucketStatus
{
    /// <summary>Allowed or refused.</summary>
    Answered = 0,

    /// <summary>The caller's rules are not those in force: nothing was taken; fetch the rules and ask again.</summary>
    Stale = 1,

    /// <summary>No answer could be had, and nothing was taken; the rule's <c>on-error</c> decides.</summary>
    Failed = 2,
}
