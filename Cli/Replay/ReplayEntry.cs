using Throttle.Core;

namespace Throttle.Cli.Replay;

/// <summary>One recorded request.</summary>
/// <param name="At">Its instant, in ticks.</param>
/// <param name="Op">What it did.</param>
/// <param name="Request">Its attributes, its cost and how long it could wait.</param>
internal readonly record struct ReplayEntry(long At, ReplayOp Op, ThrottleRequest Request)
{
    /// <summary>Whether the line ends early, in a part that the request does not need.</summary>
    public bool IsCutOff { get; init; }

    /// <summary>Why the path has no normal form, so that it is the one that an ASP.NET Core application would see; null where it has one.</summary>
    public string? PathFault { get; init; }
}
