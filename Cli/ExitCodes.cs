namespace Throttle.Cli;

/// <summary>What the command tells the shell.</summary>
internal static class ExitCodes
{
    /// <summary>Done; for <c>check</c> allowed, for <c>diff</c> the same.</summary>
    public const int Success = 0;

    /// <summary>It could not be done; one line on standard error says why.</summary>
    public const int Error = 1;

    /// <summary>The answer is no: refused, or different.</summary>
    public const int No = 2;

    /// <summary>Stopped by Ctrl+C, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>Whoever read the output has gone; shells have it of commands that SIGPIPE ends.</summary>
    public const int OutputClosed = 141;

    /// <summary>Stopped by SIGTERM, as shells have it.</summary>
    public const int Terminated = 143;
}
