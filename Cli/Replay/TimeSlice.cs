namespace Throttle.Cli.Replay;

/// <summary>Requests of one slice of time.</summary>
/// <param name="Start">Its first instant, in ticks.</param>
/// <param name="Allowed">Requests allowed in it.</param>
/// <param name="Refused">Requests refused in it.</param>
internal readonly record struct TimeSlice(long Start, long Allowed, long Refused);
