namespace Throttle.AspNetCore.Requests;

/// <summary>This endpoint asks for nothing. The middleware must stand after routing, as it does unless that was put behind it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class DisableThrottleAttribute : Attribute, IThrottleMetadata
{
    /// <inheritdoc/>
    public string? Rule => null;
}
