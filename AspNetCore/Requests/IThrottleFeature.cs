using Throttle.Core;

namespace Throttle.AspNetCore.Requests;

/// <summary>What a request was told, for the rest of the pipeline.</summary>
public interface IThrottleFeature
{
    /// <summary>The last decision.</summary>
    Decision Decision { get; }
}
