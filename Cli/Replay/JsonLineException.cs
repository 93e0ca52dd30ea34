namespace Throttle.Cli.Replay;

/// <summary>A JSON line is not as it should be; the message says why.</summary>
internal sealed class JsonLineException(string message) : Exception(message);
