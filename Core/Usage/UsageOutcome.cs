namespace Throttle.Core.Usage;

/// <summary>What became of one decision.</summary>
internal enum UsageOutcome
{
    Allowed,
    Refused,
    ShadowRefused,
    Error,
}
