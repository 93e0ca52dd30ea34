using System.Threading.RateLimiting;
using Throttle.Core;

namespace Throttle.AspNetCore.Limiters;

/// <summary>What leases tell beside .NET's own names.</summary>
public static class ThrottleMetadata
{
    /// <summary>The decision that a lease comes from; there unless nobody was asked.</summary>
    public static MetadataName<Decision> Decision { get; } = MetadataName.Create<Decision>("THROTTLE_DECISION");
}
