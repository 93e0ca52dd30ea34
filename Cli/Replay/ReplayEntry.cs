using Throttle.Core;

namespace Throttle.Cli.Replay;

/// <summary>One recorded request.</summary>
/// <param name="At">Its instant, in ticks.</param>
/// <param name="Op">What it did.</param>
/// <param name="Request">Its attributes, its cost and how long it could wait.</param>
internal readonly record struct ReplayEntry(long At, ReplayOp Op, ThrottleRequest Request);
