namespace Throttle.Core.Limiters;

/// <summary>Permits held until an instant, unless renewed.</summary>
internal record struct Lease(Guid Id, long Permits, long ExpiresAt);
