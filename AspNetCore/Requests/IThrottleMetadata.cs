namespace Throttle.AspNetCore.Requests;

/// <summary>What an endpoint asks for. Of several the last counts, which is the one nearest to the endpoint.</summary>
public interface IThrottleMetadata
{
    /// <summary>The rule that is asked, and no other; null for none.</summary>
    string? Rule { get; }
}
