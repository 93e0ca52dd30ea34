namespace Throttle.Core.Limiters;

/// <summary>Where windows of a fixed length start.</summary>
public enum WindowAnchor
{
    /// <summary>One starts at the Unix epoch, and they follow one another without gap. The default.</summary>
    Epoch,

    /// <summary>Each starts when it is first used.</summary>
    FirstUse,
}
