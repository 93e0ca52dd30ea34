namespace Throttle.Core.Limiters;

/// <summary>Permits taken at one instant.</summary>
internal record struct LogEntry(long At, long Permits);
