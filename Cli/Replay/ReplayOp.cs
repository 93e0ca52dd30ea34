namespace Throttle.Cli.Replay;

/// <summary>What a recorded line did.</summary>
internal enum ReplayOp
{
    /// <summary>Took permits.</summary>
    Acquire,

    /// <summary>Asked without taking.</summary>
    Peek,

    /// <summary>Gave permits back.</summary>
    Return,
}
